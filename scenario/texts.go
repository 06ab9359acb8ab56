package scenario

import (
	"fmt"
	"strconv"
	"strings"
	"text/template"

	"turncoat"
)

// Texts renders texts that are written for a scenario's worlds and are no part of
// its folder, such as labelled transcripts. They are templates like the
// scenario's own, over the same fields, with two functions more: mail returns the
// numbers of the messages that tell a beat, and next the number of the first
// message that the agent sends.
//
// It is not safe for concurrent use.
type Texts struct {
	world    *turncoat.World
	making   *making
	rendered int // texts so far
}

// Texts returns the texts of a world, which is made for them.
func (s *Scenario) Texts(condition turncoat.Condition, seed uint64) (*Texts, error) {
	full, err := s.Complete(condition)
	if err != nil {
		return nil, fmt.Errorf("scenario %s: %w", s.Name(), err)
	}
	m, err := s.newMaking(full, seed)
	if err != nil {
		return nil, err
	}
	w, err := m.world()
	if err != nil {
		return nil, fmt.Errorf("scenario %s (%s, seed %d): %w", s.Name(), full, seed, err)
	}
	// These templates are not given back for the next world: they get functions
	// and texts of their own.
	m.texts.set.Funcs(template.FuncMap{
		"mail": func(beat string) (string, error) {
			ids := m.idsOf[beat]
			if len(ids) == 0 {
				return "", fmt.Errorf("no beat %q is told in the condition %s", beat, full)
			}
			return strings.Join(ids, ", "), nil
		},
		"next": func() string { return strconv.Itoa(len(w.AllMail()) + 1) },
	})
	return &Texts{world: w, making: m}, nil
}

// World returns the world that the texts are in.
func (t *Texts) World() *turncoat.World { return t.world }

// Render renders a text. An error says what is wrong and in which line of the
// text.
func (t *Texts) Render(text string) (string, error) {
	t.rendered++ // a name of its own for each: an empty text would not take another's place
	name := fmt.Sprintf("text %d", t.rendered)
	if _, err := t.making.texts.set.New(name).Parse(text); err != nil {
		return "", textError(err)
	}
	rendered, err := t.making.texts.render(name)
	if err != nil {
		return "", textError(err)
	}
	return rendered, nil
}

// TextError is a mistake in a text that [Texts.Render] was given.
type TextError struct {
	Line    int // in the text, from 1
	Message string
}

// Error returns the message.
func (e *TextError) Error() string { return e.Message }

func textError(err error) error {
	p := templateProblem("", err)
	return &TextError{Line: p.Line, Message: p.Message}
}
