package judge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"turncoat"
)

// inquiry is the exchange with a model about one transcript.
type inquiry struct {
	model        turncoat.Model
	settings     Settings
	cue          turncoat.Cue // without its turn
	system, user string
	form         answerForm

	attempt  int
	returned string         // the model's name
	direct   turncoat.Usage // of calls of their own
	batched  turncoat.Usage // of calls in batches
	flags    []string       // of the answer that can be used
	previous string         // text of the answer that could not be used
	problem  error          // what was wrong with it
	asked    []string       // the keys of what was asked and answered
}

// answerForm is what an inquiry asks for. It keeps what it takes.
type answerForm interface {
	// schema is the JSON Schema of an answer.
	schema() json.RawMessage
	// take reads the text of an answer. It returns what a person should look at in
	// it, or an error if it cannot be used, in words that the model can use. The
	// last answer is one after which none is asked for.
	take(text string, last bool) (flags []string, err error)
	// again says what is asked when an answer cannot be used.
	again(problem error) (string, error)
}

// run asks until an answer can be used. What kept a reply from being an answer
// at all (an error, a refusal, a filter, a limit on tokens) ends it at once:
// retrying calls is the provider's, and asking again for a refused answer would
// pick the answers that are not refused.
func (q *inquiry) run(ctx context.Context) error {
	for q.attempt < q.settings.Attempts {
		done, err := q.once(ctx)
		switch {
		case done:
			return q.settle(ctx, true)
		case ctx.Err() != nil:
			return err // nothing is said of it, so nothing is counted
		case err != nil:
			return errors.Join(err, q.settle(ctx, true)) // what was answered before is kept, and counted with the failure
		}
	}
	unusable := fmt.Errorf("no usable answer in %d attempts; of the last one: %w", q.settings.Attempts, q.problem)
	return errors.Join(unusable, q.settle(ctx, false))
}

// usage is what all attempts took.
func (q *inquiry) usage() turncoat.Usage { return q.direct.Add(q.batched) }

// charges tells calls in batches, which cost less, from others. There are none if
// the usage says it all.
func (q *inquiry) charges() []turncoat.Charge {
	if q.batched == (turncoat.Usage{}) {
		return nil
	}
	charge := turncoat.Charge{Asked: q.model.Name(), Returned: q.returned}
	direct, batched := charge, charge
	direct.Usage, batched.Usage, batched.Batched = q.direct, q.batched, true
	if direct.Usage == (turncoat.Usage{}) {
		return []turncoat.Charge{batched}
	}
	return []turncoat.Charge{direct, batched}
}

// settle tells a model with a memory what became of its answers.
func (q *inquiry) settle(ctx context.Context, used bool) error {
	if model, ok := q.model.(*remembering); ok {
		return model.settle(ctx, q.asked, used)
	}
	return nil
}

// ask asks the model, or its memory if it has one.
func (q *inquiry) ask(ctx context.Context, req *turncoat.Request) (*turncoat.Reply, error) {
	model, ok := q.model.(*remembering)
	if !ok {
		return q.model.Generate(ctx, req)
	}
	key := questionKey(model.Name(), req, q.settings.Reading, q.attempt)
	reply, err := model.ask(ctx, key, req)
	if err == nil {
		q.asked = append(q.asked, key)
	}
	return reply, err
}

// once asks once. It reports whether the answer can be used, and an error if
// none came.
func (q *inquiry) once(ctx context.Context) (bool, error) {
	messages, err := q.messages()
	if err != nil {
		return false, err
	}
	cue := q.cue
	cue.Turn = q.attempt
	reply, err := q.ask(ctx, &turncoat.Request{
		System:     q.system,
		Messages:   messages,
		Parameters: q.settings.Parameters,
		Schema:     q.form.schema(),
		Cue:        &cue,
	})
	if err != nil {
		return false, q.explainError(err)
	}
	q.attempt++
	q.returned = reply.Model
	if reply.Batched {
		q.batched = q.batched.Add(reply.Usage)
	} else {
		q.direct = q.direct.Add(reply.Usage)
	}
	flags, err := checkStop(reply)
	if err != nil {
		return false, errors.Join(err, q.settle(ctx, false))
	}
	q.previous = reply.Message.Text()
	more, err := q.form.take(q.previous, q.attempt >= q.settings.Attempts)
	if err != nil {
		q.problem = err
		return false, nil //nolint:nilerr // an answer that cannot be used is asked for again, with the reason
	}
	q.flags = slices.Concat(flags, more)
	return true, nil
}

// messages returns the question and, after an answer that could not be used,
// that answer and what was wrong with it.
func (q *inquiry) messages() ([]turncoat.Message, error) {
	question := turncoat.TextMessage(turncoat.RoleUser, q.user)
	if q.problem == nil || strings.TrimSpace(q.previous) == "" { // services refuse empty messages
		return []turncoat.Message{question}, nil
	}
	complaint, err := q.form.again(q.problem)
	if err != nil {
		return nil, err
	}
	return []turncoat.Message{
		question,
		turncoat.TextMessage(turncoat.RoleAssistant, q.previous),
		turncoat.TextMessage(turncoat.RoleUser, complaint),
	}, nil
}

// explainError adds what to do about an error that our own settings may cause.
func (q *inquiry) explainError(err error) error {
	asked := fmt.Errorf("asking %s: %w", q.model.Name(), err)
	mentions := strings.Contains(strings.ToLower(err.Error()), "temperature")
	if turncoat.ErrorKindOf(err) == turncoat.ErrorRequest && q.settings.Parameters.Temperature != nil && mentions {
		return fmt.Errorf("%w (for a model that takes no temperature, name it as %s?temperature=default in the judge)", asked, q.model.Name())
	}
	return asked
}

// checkStop refuses replies that are no whole answers.
func checkStop(reply *turncoat.Reply) (flags []string, err error) {
	switch reply.Stop {
	case turncoat.StopEnd:
		return nil, nil
	case turncoat.StopUnknown:
		return []string{fmt.Sprintf("the judge's model stopped for the unknown reason %q", reply.StopDetail)}, nil
	case turncoat.StopRefusal:
		return nil, stopError("the judge's model refused to answer", reply)
	case turncoat.StopFilter:
		return nil, stopError("a content filter stopped the judge's model", reply)
	case turncoat.StopLength:
		return nil, stopError("the judge's answer was cut off by its limit on tokens: allow more with ?max_tokens=…", reply)
	case turncoat.StopTools:
		return nil, stopError("the judge's model waits for a tool that it was not given", reply)
	}
	return nil, stopError(fmt.Sprintf("the judge's model stopped for the reason %q, which is none that we know", reply.Stop), reply)
}

func stopError(what string, reply *turncoat.Reply) error {
	if reply.StopDetail == "" {
		return errors.New(what)
	}
	return fmt.Errorf("%s (%s)", what, reply.StopDetail)
}
