package standin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"turncoat"
)

// Options are what stand-ins in process are given.
type Options struct {
	Worlds    func(turncoat.WorldID) (*turncoat.World, error) // safe for concurrent use
	FormatAct func(turncoat.ScriptedAct) string               // writes an action as a model would in the interface prompt

	// CallOf writes an action as a tool call without an ID, as a model would in the
	// interface tools: an action of a performance, or "list" (the inbox), "read" (the
	// message in Mail), "wait" (for mail) or "finish" (with the summary in Body). Nil:
	// stand-ins do not play in that interface.
	CallOf func(turncoat.ScriptedAct) turncoat.ToolCall
}

// New returns a stand-in in process. It takes the name with or without
// "standin/"; the error for a name that does not exist lists those that do.
func New(name string, opts Options) (turncoat.Model, error) {
	s, err := standInOf(name)
	if err != nil {
		return nil, err
	}
	st, err := newStage(opts)
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
	message, err := m.stage.reply(m.standIn, call{Cue: req.Cue, id: req.Cue.Trial.ID()})
	if err != nil {
		return nil, refused(err)
	}
	stop := turncoat.StopEnd
	if calls := message.Calls(); len(calls) > 0 {
		stop = turncoat.StopTools
		if err := offered(calls, toolNames(req.Tools)); err != nil {
			return nil, refused(err)
		}
	}
	return &turncoat.Reply{
		Message: message,
		Model:   m.standIn.returnedName(),
		Stop:    stop,
		Usage: turncoat.Usage{
			InputTokens:  estimateTokens(textLength(req)),
			OutputTokens: estimateTokens(recordLength(message)),
		},
	}, nil
}

// offered returns an error if an actor would call a tool that it was not told of.
func offered(calls []turncoat.ToolCall, tools []string) error {
	for _, c := range calls {
		if !slices.Contains(tools, c.Name) {
			return fmt.Errorf("the performance calls the tool %q, which is not among those of the request", c.Name)
		}
	}
	return nil
}

func toolNames(tools []turncoat.Tool) []string {
	names := make([]string, len(tools))
	for i, t := range tools {
		names[i] = t.Name
	}
	return names
}

func recordLength(m turncoat.Message) int {
	text, _ := m.Record()
	return len(text)
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
		n += recordLength(message)
	}
	for _, tool := range req.Tools {
		n += len(tool.Name) + len(tool.Description) + len(tool.Schema)
	}
	return n
}
