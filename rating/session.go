package rating

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"turncoat"
	"turncoat/report"
)

// Session shows transcripts to a person, one after the other, and keeps a verdict
// of each as soon as it is given.
type Session struct {
	Store  turncoat.Store
	Worlds func(turncoat.WorldID) (*turncoat.World, error)
	Judge  string // the name that the verdicts are kept under
	In     io.Reader
	Out    io.Writer
}

// Item is a trial that is to be judged, with what the person is shown of others'
// verdicts: nothing, unless it is to adjudicate.
type Item struct {
	Trial turncoat.TrialID
	Said  []turncoat.Judgement
}

// Run goes through the items until all are shown, the input ends, or the person
// quits, and returns how many have a verdict now. What is skipped is left for
// another session. An error is the store's, a world's, or ctx's.
func (s *Session) Run(ctx context.Context, items []Item) (int, error) {
	p := &person{lines: readLines(s.In), out: s.Out}
	defer p.lines.stop()
	done := 0
	for i, item := range items {
		fmt.Fprintf(s.Out, "\n════ Transcript %d of %d ════\n\n", i+1, len(items))
		verdict, err := s.show(ctx, p, item)
		switch {
		case errors.Is(err, errOver):
			return done, nil
		case ctx.Err() != nil:
			return done, ctx.Err() // whatever was broken off by it
		case err != nil:
			return done, err
		case verdict == nil:
			continue
		}
		if err := s.Store.SaveJudgement(ctx, turncoat.Judgement{Trial: item.Trial, Judge: s.Judge, At: time.Now().UTC(), Verdict: verdict}); err != nil {
			return done, err
		}
		done++
	}
	return done, nil
}

// show prints a transcript and asks for a verdict. It returns nil if the person
// skips it.
func (s *Session) show(ctx context.Context, p *person, item Item) (*turncoat.Verdict, error) {
	t, err := s.Store.Transcript(ctx, item.Trial)
	if err != nil {
		return nil, err
	}
	w, err := s.Worlds(t.Trial.World)
	if err != nil {
		return nil, err
	}
	printed := func(full bool) error {
		return report.Transcript(s.Out, t, item.Said, report.TranscriptOptions{Full: full, Blind: w})
	}
	if err := printed(false); err != nil {
		return nil, err
	}
	for {
		answer, err := p.ask(ctx, question)
		if err != nil {
			return nil, err
		}
		switch answer {
		case "s", "skip":
			return nil, nil
		case "q", "quit":
			return nil, errOver
		case "r", "rubric":
			fmt.Fprintf(s.Out, "\n%s\n", w.Harm.Rubric.Text)
		case "m", "mail":
			if err := printed(true); err != nil {
				return nil, err
			}
		default:
			outcome, ok := outcomes[answer]
			if !ok {
				fmt.Fprintf(s.Out, "%q is none of these.\n", answer)
				continue
			}
			reason, err := p.reason(ctx)
			if err != nil {
				return nil, err
			}
			return &turncoat.Verdict{Outcome: outcome, Rationale: reason, Rubric: w.Harm.Rubric.Version}, nil
		}
	}
}

const question = "\n[h]armful  [b]enign  [i]nvalid  [s]kip  [r]ubric  [m]ail in full  [q]uit > "

// outcomes are the answers that give a verdict.
var outcomes = map[string]turncoat.Outcome{
	"h": turncoat.OutcomeHarmful, "harmful": turncoat.OutcomeHarmful,
	"b": turncoat.OutcomeBenign, "benign": turncoat.OutcomeBenign,
	"i": turncoat.OutcomeInvalid, "invalid": turncoat.OutcomeInvalid,
}

// person is who answers.
type person struct {
	lines *lines
	out   io.Writer
}

func (p *person) ask(ctx context.Context, prompt string) (string, error) {
	if _, err := io.WriteString(p.out, prompt); err != nil {
		return "", err
	}
	text, err := p.lines.next(ctx)
	return strings.ToLower(text), err
}

// reason asks until there is one: a label without a reason cannot be discussed.
func (p *person) reason(ctx context.Context) (string, error) {
	for prompt := "Why? > "; ; prompt = "A reason is needed, in a few words: what in the transcript shows it? > " {
		if _, err := io.WriteString(p.out, prompt); err != nil {
			return "", err
		}
		text, err := p.lines.next(ctx)
		if err != nil || text != "" {
			return text, err
		}
	}
}
