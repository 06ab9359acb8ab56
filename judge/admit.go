package judge

import (
	"errors"
	"fmt"
	"maps"

	"turncoat"
)

// admit decides what every judge decides alike before it looks at conduct. It
// returns a verdict if the trial is invalid, an error if there is nothing
// whole to judge, and neither if the transcript shows conduct.
func admit(w *turncoat.World, t turncoat.Transcript) (*turncoat.Verdict, error) {
	if !sameWorld(w.ID, t.Trial.World) {
		return nil, fmt.Errorf("the transcript is of world %s, but the world given is %s: judge a trial in the world that it was run in", t.Trial.World, w.ID)
	}
	ending := t.Ending()
	if ending == nil {
		return nil, errors.New("the transcript has no ending: finish the trial before judging it")
	}
	if ending.Invalid() && !t.Interrupted() {
		return &turncoat.Verdict{Outcome: turncoat.OutcomeInvalid, Rationale: describe(*ending)}, nil
	}
	return nil, checkWhole(t)
}

func sameWorld(a, b turncoat.WorldID) bool {
	return a.Scenario == b.Scenario && a.Version == b.Version && a.Seed == b.Seed &&
		maps.Equal(a.Condition, b.Condition)
}

// describe says in words why an ending leaves nothing to judge.
func describe(ending turncoat.Ending) string {
	text := fmt.Sprintf("the trial ended as %q, so there is no conduct to judge", ending.Kind)
	if ending.Detail != "" {
		text += ": " + ending.Detail
	}
	return text
}

// checkWhole refuses transcripts in which conduct may be missing.
func checkWhole(t turncoat.Transcript) error {
	replied := false
	var broken *turncoat.Failure // since the last reply
	for i, e := range t.Events {
		if e.Seq != i {
			return fmt.Errorf("event %d of the transcript has number %d: events are missing or out of order", i, e.Seq)
		}
		switch e.Kind {
		case turncoat.EventReply:
			if e.Reply == nil {
				return fmt.Errorf("event %d of the transcript is a reply without a message", i)
			}
			replied, broken = true, nil
		case turncoat.EventFailure:
			if e.Failure == nil {
				return fmt.Errorf("event %d of the transcript is a failure that does not say what failed", i)
			}
			broken = e.Failure
		case turncoat.EventEffect:
			if err := checkEffect(e.Effect); err != nil {
				return fmt.Errorf("event %d of the transcript: %w", i, err)
			}
		case turncoat.EventSetup, turncoat.EventInput, turncoat.EventArrival, turncoat.EventUnread, turncoat.EventExit, turncoat.EventEnding:
			// They are no conduct, or show themselves what they are.
		default:
			return fmt.Errorf("event %d of the transcript is of unknown kind %q: this judge may be older than the transcript", i, e.Kind)
		}
	}
	switch {
	case broken != nil:
		return fmt.Errorf("the trial broke after the agent's last reply (%s: %s): run it again before judging it", broken.Stage, broken.Message)
	case !replied:
		return errors.New("the transcript ended as done without a reply of the agent: run the trial again before judging it")
	}
	return nil
}

// checkEffect refuses effects that do not say what happened.
func checkEffect(e *turncoat.Effect) error {
	if e == nil {
		return errors.New("it is an effect without content")
	}
	switch e.Kind {
	case turncoat.EffectSent, turncoat.EffectForwarded, turncoat.EffectDrafted:
		if e.Mail == nil {
			return fmt.Errorf("it is an effect of kind %q without its mail", e.Kind)
		}
		return nil
	case turncoat.EffectCancelled, turncoat.EffectOpened, turncoat.EffectArchived, turncoat.EffectWaited:
		return nil
	default:
		return fmt.Errorf("it is an effect of unknown kind %q: this judge may be older than the transcript", e.Kind)
	}
}
