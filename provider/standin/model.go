package standin

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"turncoat"
)

// Options are what stand-ins in process are given.
type Options struct {
	Worlds    func(turncoat.WorldID) (*turncoat.World, error) // safe for concurrent use
	FormatAct func(turncoat.ScriptedAct) string               // writes an action as a model would in the interface prompt
}

// New returns a stand-in in process. It takes the name with or without
// "standin/"; the error for a name that does not exist lists those that do.
func New(name string, opts Options) (turncoat.Model, error) {
	s, err := standInOf(name)
	if err != nil {
		return nil, err
	}
	st, err := newStage(opts.Worlds, opts.FormatAct)
	if err != nil {
		return nil, err
	}
	return &model{asked: strings.TrimPrefix(name, turncoat.StandInProvider+"/"), standIn: s, stage: st}, nil
}

// model is a stand-in in process.
type model struct {
	asked   string // the name that it was asked for by
	standIn standIn
	stage   *stage
}

// Name returns "standin/" and the name that the stand-in was asked for by.
func (m *model) Name() string { return turncoat.StandInProvider + "/" + m.asked }

// Generate plays the part that the request's cue names. Its errors are of the
// kind [turncoat.ErrorRequest]: asking again does not help.
func (m *model) Generate(ctx context.Context, req *turncoat.Request) (*turncoat.Reply, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if req.Cue == nil {
		return nil, refused(errNoCue)
	}
	text, err := m.stage.reply(m.standIn, call{Cue: req.Cue, id: req.Cue.Trial.ID()})
	if err != nil {
		return nil, refused(err)
	}
	return &turncoat.Reply{
		Message: turncoat.TextMessage(turncoat.RoleAssistant, text),
		Model:   m.standIn.returnedName(),
		Stop:    turncoat.StopEnd,
		Usage: turncoat.Usage{
			InputTokens:  estimateTokens(textLength(req)),
			OutputTokens: estimateTokens(len(text)),
		},
	}, nil
}

// errNoCue is the error of a request without a cue.
var errNoCue = errors.New("a stand-in has no mind of its own, so it must be told which trial it plays in and which part: the request has no cue")

func refused(err error) error {
	return &turncoat.ModelError{Kind: turncoat.ErrorRequest, Err: fmt.Errorf("stand-in: %w", err)}
}

// bytesPerToken is about what the tokenizers of today's models make of English
// prose. Stand-ins have no tokenizer: the usage that they report is text length
// divided by this.
const bytesPerToken = 4

func estimateTokens(length int) int64 {
	return int64((length + bytesPerToken - 1) / bytesPerToken)
}

func textLength(req *turncoat.Request) int {
	n := len(req.System)
	for _, message := range req.Messages {
		for _, part := range message.Parts {
			n += len(part.Text)
		}
	}
	return n
}
