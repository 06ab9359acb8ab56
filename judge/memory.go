package judge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"turncoat"
)

// Memory keeps what models answer, so that nobody is asked the same twice: a judge
// and an annotator that were interrupted go on from the answers that they have, a
// panel asks again only the member that failed, and a reader and a combination of
// the same model share its answers, in any study and in a validation.
//
// An answer that could not be used is forgotten with the inquiry that it ended, so
// that a judge that failed is asked anew. Answers of stand-ins are not kept: they
// depend on what was played in a trial, which is not in what they are asked. Only
// those that a batch has brought are.
type Memory struct {
	Answers turncoat.Answers
	Again   bool // ask anew what has been counted, and put the new answer in the place of the kept one
	Peek    bool // neither count nor forget answers: what is found is for nobody

	// Defer takes a question to which no answer is kept, in the place of the model,
	// and returns why there is none. Nil: the model is asked.
	Defer func(context.Context, Question) error
}

// Question is what a judge or an annotator asks a model.
type Question struct {
	Model   string
	Key     string // under which the answer is kept
	Request *turncoat.Request
}

// Models returns a source of models that remember what they have answered to
// judges and annotators.
func (m Memory) Models(models func(name string) (turncoat.Model, error)) func(name string) (turncoat.Model, error) {
	claimed := &sync.Map{}
	return func(name string) (turncoat.Model, error) {
		model, err := models(name)
		if err != nil {
			return nil, err
		}
		return &remembering{model, m, claimed}, nil
	}
}

// remembering is a model with a memory.
type remembering struct {
	turncoat.Model
	memory  Memory
	claimed *sync.Map // keys of answers whose tokens somebody counts who uses this memory
}

// ask returns the answer that is kept under a key, or asks for one and keeps it.
// Tokens that somebody else counts are not in the reply: nobody has spent them
// again.
func (m *remembering) ask(ctx context.Context, key string, req *turncoat.Request) (*turncoat.Reply, error) {
	kept, err := m.memory.Answers.Answer(ctx, key)
	if err != nil && !errors.Is(err, turncoat.ErrNotFound) {
		return nil, err
	}
	if err == nil && (!m.memory.Again || !kept.Counted) {
		if _, others := m.claimed.LoadOrStore(key, true); others || kept.Counted {
			kept.Reply.Usage = turncoat.Usage{}
		}
		return &kept.Reply, nil
	}
	if m.memory.Defer != nil {
		return nil, m.memory.Defer(ctx, Question{m.Name(), key, req})
	}
	reply, err := m.Generate(ctx, req)
	if err != nil || turncoat.IsStandIn(reply.Model) {
		return reply, err
	}
	m.claimed.Store(key, true)
	return reply, m.memory.Answers.SaveAnswers(ctx, map[string]turncoat.Answer{key: {Reply: *reply}})
}

// settle says what became of the answers under keys: they are counted in what the
// inquiry found, or could not be used.
func (m *remembering) settle(ctx context.Context, keys []string, used bool) error {
	if m.memory.Peek {
		return nil
	}
	if l, ok := ctx.Value(ledgerKey{}).(*Ledger); ok {
		l.note(keys, used)
		return nil
	}
	return settleAnswers(ctx, m.memory.Answers, keys, used)
}

func settleAnswers(ctx context.Context, answers turncoat.Answers, keys []string, used bool) error {
	if used {
		return answers.CountAnswers(ctx, keys...)
	}
	return answers.ForgetAnswers(ctx, keys...)
}

// questionKey identifies a question: the model, all that it is sent, which reading of
// the same this is, and which attempt. A model that gives the same useless answer
// twice is asked the same a third time.
func questionKey(model string, req *turncoat.Request, reading, attempt int) string {
	text, err := json.Marshal(struct {
		Model   string            `json:"model"`
		Reading int               `json:"reading"`
		Attempt int               `json:"attempt"` // from 0
		Request *turncoat.Request `json:"request"`
	}{model, reading, attempt, req})
	if err != nil {
		panic(fmt.Sprintf("judge: a request that we made cannot fail to encode: %v", err))
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
