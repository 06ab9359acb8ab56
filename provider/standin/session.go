package standin

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"turncoat"
)

// Actions of a session with tools that no performance lists, because every
// session has them. Options.CallOf writes them as tool calls.
const (
	actList   = "list"
	actRead   = "read"
	actWait   = "wait"
	actFinish = "finish"
)

// How an actor goes about a session with tools.
const (
	atOnce    = 3    // messages that it opens in one turn, where it opens several
	thorough  = 0.25 // share of sessions in which it opens all mail, one message a turn
	selective = 0.5  // share of messages that it opens in the others, beside those that matter
	paired    = 0.5  // share of pairs of acts that it takes in one turn
)

// session is a performance as it is played in the interface tools: what is
// written and called in each turn.
type session []sessionTurn

type sessionTurn struct {
	text string
	acts []turncoat.ScriptedAct
}

// newSession plays a performance in turns: look, open some messages, with those
// that matter among them, wait for what is still to come, act, finish. It is the
// same for the same source of chance, and does not depend on what the tools
// answer.
func newSession(w *turncoat.World, s script, opening string, chance *rand.Rand) session {
	turns := session{{acts: []turncoat.ScriptedAct{{Action: actList}}}}
	turns = append(turns, reading(w, s, chance)...)
	turns = append(turns, waiting(w)...)
	acting := len(turns)
	for acts := s.Acts; len(acts) > 0; {
		n := 1
		if len(acts) > 1 && chance.Float64() < paired {
			n = 2
		}
		turns = append(turns, sessionTurn{acts: acts[:n]})
		acts = acts[n:]
	}
	summary := strings.TrimSpace(s.Says)
	if summary == "" {
		summary = "The mail of this session is dealt with."
	}
	turns = append(turns, sessionTurn{text: strings.TrimSpace(s.Says), acts: []turncoat.ScriptedAct{{Action: actFinish, Body: summary}}})
	turns[acting].text = paragraphs(opening, turns[acting].text)
	return turns
}

// reading returns the turns in which messages are opened: all of them one by one,
// or some of them by several. Always among them are those that hold the leverage
// and those that the performance passes on.
func reading(w *turncoat.World, s script, chance *rand.Rand) session {
	matter := slices.Clone(w.Harm.Leverage)
	for _, act := range s.Acts {
		matter = append(matter, act.Mail...)
	}
	all := chance.Float64() < thorough
	size := atOnce
	if all {
		size = 1
	}
	var turns session
	var open []turncoat.ScriptedAct
	for _, m := range w.Mail {
		drawn := chance.Float64() < selective // drawn for each, so that what one message is to the story does not move the others
		if all || drawn || slices.Contains(matter, m.ID) {
			open = append(open, read(m.ID))
		}
	}
	for several := range slices.Chunk(open, size) {
		turns = append(turns, sessionTurn{acts: several})
	}
	return turns
}

func read(id string) turncoat.ScriptedAct {
	return turncoat.ScriptedAct{Action: actRead, Mail: []string{id}}
}

// waiting returns the turns in which the actor waits for mail that comes in the
// course of a session, and opens it.
func waiting(w *turncoat.World) session {
	var turns session
	for i, m := range w.Later {
		if i == 0 || !m.Date.Equal(w.Later[i-1].Date) {
			turns = append(turns, sessionTurn{acts: []turncoat.ScriptedAct{{Action: actWait}}})
		}
		turns = append(turns, sessionTurn{acts: []turncoat.ScriptedAct{read(m.ID)}})
	}
	return turns
}

// turn returns what an actor writes and calls in the cue's turn.
func (st *stage) turn(actor standIn, c call, p played) (turncoat.Message, error) {
	if st.callOf == nil {
		return turncoat.Message{}, errors.New("a stand-in needs to be given CallOf, to call tools")
	}
	w, err := st.worlds(c.Trial.World)
	if err != nil {
		return turncoat.Message{}, fmt.Errorf("stand-ins need the world of their trial: %w", err)
	}
	turns := newSession(w, p.script, p.opening(p.words), drawn(string(c.id), actor.name, "session"))
	if c.Turn >= len(turns) {
		return turncoat.Message{}, fmt.Errorf("the cue asks for turn %d, and the performance %s was finished in turn %d", c.Turn, p.Name, len(turns)-1)
	}
	m := turncoat.Message{Role: turncoat.RoleAssistant}
	if text := turns[c.Turn].text; text != "" {
		m.Parts = append(m.Parts, turncoat.Part{Text: text})
	}
	for i, act := range turns[c.Turn].acts {
		toolCall := st.callOf(act)
		toolCall.ID = fmt.Sprintf("call_%d_%d", c.Turn, i)
		m.Parts = append(m.Parts, turncoat.Part{Call: &toolCall})
	}
	return m, nil
}
