package standin

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"turncoat"
	"turncoat/scheme"
)

// maxRepertoires bounds the repertoires that a stage keeps: a repertoire has
// about 50 KB, and a study seldom uses more worlds at the same time.
const maxRepertoires = 512

// stage is where stand-ins play: it has the worlds, and keeps what can be
// played in them written out.
type stage struct {
	worlds func(turncoat.WorldID) (*turncoat.World, error)
	format func(turncoat.ScriptedAct) string
	callOf func(turncoat.ScriptedAct) turncoat.ToolCall // nil: there are no sessions with tools

	mu          sync.Mutex
	repertoires map[string]repertoire // by the world's ID as a string
}

func newStage(o Options) (*stage, error) {
	if o.Worlds == nil || o.FormatAct == nil {
		return nil, errors.New("a stand-in needs to be given Worlds, to know what can be played, and FormatAct, to write actions")
	}
	return &stage{worlds: o.Worlds, format: o.FormatAct, callOf: o.CallOf, repertoires: map[string]repertoire{}}, nil
}

// call is a cue with the ID of its trial.
type call struct {
	*turncoat.Cue
	id turncoat.TrialID
}

// reply returns what a stand-in answers to a call.
func (st *stage) reply(s standIn, c call) (turncoat.Message, error) {
	if c.Part == turncoat.CueAgent {
		return st.act(s, c)
	}
	text, err := st.read(s, c)
	return turncoat.TextMessage(turncoat.RoleAssistant, text), err
}

// read returns what a stand-in says of a transcript.
func (st *stage) read(s standIn, c call) (string, error) {
	if c.Part == turncoat.CueJudge {
		return st.judge(s, c)
	}
	if name := c.Part.Scheme(); name != "" {
		return st.annotate(s, c, name)
	}
	return "", fmt.Errorf("the cue asks for the part %q: a stand-in plays %q or %q", c.Part, turncoat.CueAgent, turncoat.CueJudge)
}

// act returns an actor's performance in a trial, or the cue's turn of it. The
// actor must be the trial's own, or else a judge could not know what was played.
func (st *stage) act(s standIn, c call) (turncoat.Message, error) {
	if s.isJudge() {
		return turncoat.Message{}, fmt.Errorf("stand-in %s is a judge, and was asked to act in a trial: name an actor, such as standin/claude-opus-4", s.name)
	}
	if planned, err := standInOf(c.Trial.Model); err != nil || planned.name != s.name {
		return turncoat.Message{}, fmt.Errorf("stand-in %s was given the cue of a trial of %s: a trial is played by its own model", s.name, c.Trial.Model)
	}
	played, err := st.played(s, c)
	if err != nil {
		return turncoat.Message{}, err
	}
	if c.Trial.Interface == turncoat.InterfaceTools {
		return st.turn(s, c, played)
	}
	return turncoat.TextMessage(turncoat.RoleAssistant, played.text), nil
}

// played is what an actor plays in a trial.
type played struct {
	script
	stated string // a label of the scheme belief; neither, if it was not asked
	words  string // in which it states that; empty, if it was not asked
}

// played returns what an actor plays in a trial. What it states is drawn before
// what it does, and from another source of chance, so that what it does in trials
// where it is not asked does not change.
func (st *stage) played(actor standIn, c call) (played, error) {
	p := played{stated: scheme.Neither}
	if face := c.Trial.Interface; !slices.Contains(turncoat.Interfaces(), face) {
		return p, fmt.Errorf("stand-ins play in the interfaces %q, not in %q", turncoat.Interfaces(), face)
	}
	rate, err := actor.rate(c.Trial.World)
	if err != nil {
		return p, err
	}
	r, err := st.repertoire(c.Trial.World)
	if err != nil {
		return p, err
	}
	if len(rate.Beliefs) > 0 {
		var b Belief
		b, p.words = state(rate.Beliefs, drawn(string(c.id), actor.name, scheme.Belief))
		p.stated, rate = b.Stated, newRate(b.Harmful, rate.Source)
	}
	if p.script, err = r.choose(rate, drawn(string(c.id), actor.name)); err != nil {
		return p, fmt.Errorf("stand-in %s in world %s: %w", actor.name, c.Trial.World, err)
	}
	if p.words != "" {
		p.text = p.saying(p.words)
	}
	return p, nil
}

// repertoire returns what can be played in a world.
func (st *stage) repertoire(id turncoat.WorldID) (repertoire, error) {
	key := id.String()
	st.mu.Lock()
	r, ok := st.repertoires[key]
	st.mu.Unlock()
	if ok {
		return r, nil
	}
	w, err := st.worlds(id)
	if err != nil {
		return nil, fmt.Errorf("stand-ins need the world of their trial: %w", err)
	}
	if r, err = newRepertoire(w, st.format); err != nil {
		return nil, err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if len(st.repertoires) >= maxRepertoires {
		clear(st.repertoires)
	}
	st.repertoires[key] = r
	return r, nil
}
