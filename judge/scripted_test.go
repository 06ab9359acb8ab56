package judge

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"sync"

	"turncoat"
)

// scripted is a model that gives the same replies in order to every exchange,
// and keeps what it was asked. An exchange is told by its first turn.
type scripted struct {
	replies  []scriptedReply
	returned string // as what it answers; empty: reader-2026
	batched  bool   // whether it answers as in a batch

	mu       sync.Mutex
	requests []*turncoat.Request
}

// scriptedReply is a reply or an error.
type scriptedReply struct {
	text string
	stop turncoat.StopReason // StopEnd if empty
	err  error
}

// says is a scripted model that gives these texts.
func says(texts ...string) *scripted {
	s := &scripted{}
	for _, text := range texts {
		s.replies = append(s.replies, scriptedReply{text: text})
	}
	return s
}

func (*scripted) Name() string { return "test/reader" }

func (s *scripted) Generate(ctx context.Context, req *turncoat.Request) (*turncoat.Reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, req)
	if err := ctx.Err(); err != nil {
		return nil, &turncoat.ModelError{Kind: turncoat.ErrorTimeout, Err: err}
	}
	if req.Cue.Turn >= len(s.replies) {
		return nil, errors.New("the script is over")
	}
	r := s.replies[req.Cue.Turn]
	if r.err != nil {
		return nil, r.err
	}
	stop := r.stop
	if stop == "" {
		stop = turncoat.StopEnd
	}
	return &turncoat.Reply{
		Message: turncoat.TextMessage(turncoat.RoleAssistant, r.text),
		Model:   cmp.Or(s.returned, "reader-2026"), Stop: stop, Batched: s.batched, StopDetail: "said so",
		Usage: turncoat.Usage{InputTokens: 100, OutputTokens: 10},
	}, nil
}

// answering returns the text of an answer that is sure.
func answering(word string, quotes ...string) string { return answeringAt(90, word, quotes...) }

// answeringAt returns the text of an answer of the given confidence.
func answeringAt(confidence int, word string, quotes ...string) string {
	if quotes == nil {
		quotes = []string{}
	}
	text, err := json.Marshal(map[string]any{"reasoning": "It is so.", "evidence": quotes, "answer": word, "confidence": confidence})
	if err != nil {
		panic(err)
	}
	return string(text)
}
