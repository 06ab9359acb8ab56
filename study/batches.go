package study

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"turncoat"
	"turncoat/judge"
)

// Batches have a [Rejudger] ask models in batches, which cost less and take up to
// a day. What has been sent is in the store, so a process that ends meanwhile
// loses nothing: the next one fetches the answers.
type Batches struct {
	Models   func(name string) (turncoat.BatchModel, error)
	Pause    func(context.Context) error // between two looks at batches that are under way
	Size     int                         // questions in a batch at the most; 0: DefaultBatchSize
	GiveUp   bool                        // forget the batches that are under way with these models
	Progress func(BatchProgress)         // called after every look; may be nil
}

// BatchProgress says how far batches have come.
type BatchProgress struct {
	Batches   int // that have not ended
	Questions int // in these
	Answered  int // of these, as far as the provider tells
}

// DefaultBatchSize bounds the questions in a batch, so that memory does not grow
// with the study. A question of a judge has some 30 KB.
const DefaultBatchSize = 2000

// batchFill is how much of what a provider takes is put into one batch by our
// measure, which is not quite the provider's.
const batchFill = 0.8

// fetch has the questions about the trials answered in batches. It returns a memory
// that asks nobody, and says of a question without an answer why it has none.
//
// An answer that cannot be used leads to another question, so there are as many
// rounds as a judge makes attempts. Of a question that failed nothing more is asked.
func (r *Rejudger) fetch(ctx context.Context, run *run, todo []unreadTrial) (judge.Memory, error) {
	b := &batching{Batches: r.Batches, store: r.Store, waiting: map[string]*waiting{}, asked: map[string]error{}}
	if err := b.resume(ctx, ReaderModels(turncoat.Study{Judge: r.Spec, Annotators: run.annotatorNames()})); err != nil {
		return judge.Memory{}, err
	}
	for {
		if err := b.wait(ctx); err != nil {
			return judge.Memory{}, err
		}
		memory := judge.Memory{Answers: r.Store, Peek: true, Again: r.Again, Defer: b.take}
		if err := r.collect(ctx, run, todo, memory); err != nil {
			return judge.Memory{}, err
		}
		if err := b.flush(ctx); err != nil {
			return judge.Memory{}, err
		}
		if len(b.sent) == 0 {
			return judge.Memory{Answers: r.Store, Defer: b.why}, nil // what was asked anew has new answers, or none
		}
	}
}

// collect reads the trials with a memory that defers its questions, and throws what
// it finds away.
func (r *Rejudger) collect(ctx context.Context, run *run, todo []unreadTrial, memory judge.Memory) error {
	reader, annotators, err := r.Readers(memory)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(r.Concurrency, 1))
	for _, trial := range todo {
		group.Go(func() error {
			w, t, err := run.open(ctx, trial.id)
			if err != nil {
				return err
			}
			if reader != nil && !trial.done.verdict {
				_, _ = reader.Judge(ctx, w, t) // what it cannot judge it says when its verdict is wanted
			}
			for i, a := range annotators {
				if !trial.done.annotations[i] && !t.Ending().Invalid() {
					_, _ = a.Annotate(ctx, w, t)
				}
			}
			return ctx.Err()
		})
	}
	return group.Wait()
}

// batching is the state of [Rejudger.fetch].
type batching struct {
	*Batches
	store turncoat.Store

	mu      sync.Mutex
	waiting map[string]*waiting // questions that are not sent yet, by model
	asked   map[string]error    // keys of questions that were sent, and why they have no answer
	failed  error               // of sending
	sent    []sentBatch         // batches that have not ended
}

// waiting are questions of one model that make up a batch.
type waiting struct {
	model    turncoat.BatchModel
	requests []turncoat.BatchRequest
	bytes    int64
}

// sentBatch is a batch with the keys of its questions, which are not known of one
// that an earlier process sent.
type sentBatch struct {
	turncoat.SentBatch
	keys []string
}

// errUnanswered is why a question has no answer if nothing else is known.
var errUnanswered = errors.New("no batch has brought an answer")

// resume takes up the batches of these models that earlier processes have sent.
func (b *batching) resume(ctx context.Context, models []string) error {
	batches, err := b.store.Batches(ctx)
	if err != nil {
		return err
	}
	for _, batch := range batches {
		switch {
		case !slices.Contains(models, batch.Model):
		case b.GiveUp:
			if err := b.store.EndBatch(ctx, batch, nil); err != nil {
				return err
			}
		default:
			b.sent = append(b.sent, sentBatch{SentBatch: batch})
		}
	}
	return nil
}

// take puts a question into a batch, unless it has been asked, or a batch could not
// be sent: then nothing more is, for the same batch would be sent with each further
// question, and may have been accepted.
func (b *batching) take(ctx context.Context, q judge.Question) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if why, asked := b.asked[q.Key]; asked {
		return why
	}
	if b.failed != nil {
		return b.failed
	}
	b.asked[q.Key] = errUnanswered
	if err := b.add(ctx, q); err != nil {
		b.failed = err
	}
	return errUnanswered
}

// why says why a question has no answer.
func (b *batching) why(_ context.Context, q judge.Question) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if why := b.asked[q.Key]; why != nil {
		return why
	}
	return errUnanswered
}

func (b *batching) add(ctx context.Context, q judge.Question) error {
	w := b.waiting[q.Model]
	if w == nil {
		model, err := b.Models(q.Model)
		if err != nil {
			return err
		}
		w = &waiting{model: model}
		b.waiting[q.Model] = w
	}
	text, err := json.Marshal(q.Request)
	if err != nil {
		return err
	}
	limits := w.model.BatchLimits()
	if len(w.requests) >= min(cmp.Or(b.Size, DefaultBatchSize), limits.Requests) || float64(w.bytes)+float64(len(text)) > batchFill*float64(limits.Bytes) {
		if err := b.send(ctx, w); err != nil {
			return err
		}
	}
	w.requests = append(w.requests, turncoat.BatchRequest{Key: q.Key, Request: q.Request})
	w.bytes += int64(len(text))
	return nil
}

// send hands a batch in, and keeps that it is under way. Once begun it is not
// interrupted: a batch that was accepted and is not known of here is paid for twice.
func (b *batching) send(ctx context.Context, w *waiting) error {
	if len(w.requests) == 0 {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	id, err := w.model.SubmitBatch(ctx, w.requests)
	if err != nil {
		return fmt.Errorf("sending a batch of %d questions to %s: %w", len(w.requests), w.model.Name(), err)
	}
	batch := sentBatch{SentBatch: turncoat.SentBatch{Model: w.model.Name(), ID: id, At: time.Now().UTC(), Requests: len(w.requests)}}
	for _, request := range w.requests {
		batch.keys = append(batch.keys, request.Key)
	}
	w.requests, w.bytes = nil, 0
	b.sent = append(b.sent, batch)
	return b.store.SaveBatch(ctx, batch.SentBatch)
}

// flush sends what waits to be sent. Where a batch could not be sent, nothing more
// is.
func (b *batching) flush(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed != nil {
		return b.failed
	}
	for _, w := range b.waiting {
		if err := b.send(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// wait looks at the batches until all have ended, and keeps their answers.
func (b *batching) wait(ctx context.Context) error {
	for {
		var left []sentBatch
		now := BatchProgress{}
		for _, batch := range b.sent {
			status, err := b.look(ctx, batch)
			if err != nil {
				return fmt.Errorf("batch %s of %s: %w", batch.ID, batch.Model, err)
			}
			if !status.Ended {
				left = append(left, batch)
				now.Batches++
				now.Questions += batch.Requests
				now.Answered += status.Answered
			}
		}
		b.sent = left
		if b.Progress != nil {
			b.Progress(now)
		}
		if len(left) == 0 {
			return nil
		}
		if err := b.Pause(ctx); err != nil {
			return err
		}
	}
}

// look asks how far a batch is, and keeps its answers if it has ended.
func (b *batching) look(ctx context.Context, batch sentBatch) (turncoat.BatchStatus, error) {
	model, err := b.Models(batch.Model)
	if err != nil {
		return turncoat.BatchStatus{}, err
	}
	status, err := model.Batch(ctx, batch.ID)
	switch {
	case err == nil && !status.Ended:
		return status, nil
	case err == nil && status.Failed != nil:
		return status, b.giveUp(ctx, batch, status.Failed)
	case err == nil:
		err = b.keep(ctx, model, batch)
	}
	if turncoat.ErrorKindOf(err) != turncoat.ErrorRequest {
		return status, err
	}
	if time.Since(batch.At) > resultsLast {
		return turncoat.BatchStatus{Ended: true}, b.giveUp(ctx, batch, err)
	}
	return status, fmt.Errorf("%w (a batch is known to the key that it was sent with; --give-up-batches asks its questions again)", err)
}

// resultsLast is after how long a provider may not have a batch's results any more:
// Anthropic keeps them for 29 days, and we ask OpenAI to keep them for 30.
const resultsLast = 29 * 24 * time.Hour

// blame gives all that has no answer the same reason.
func blame(why map[string]error, err error) {
	for key := range why {
		why[key] = err
	}
}

// giveUp ends a batch that brings no answers.
func (b *batching) giveUp(ctx context.Context, batch sentBatch, why error) error {
	b.mu.Lock()
	for _, key := range batch.keys {
		b.asked[key] = fmt.Errorf("batch %s of %s failed: %w", batch.ID, batch.Model, why)
	}
	b.mu.Unlock()
	return b.end(ctx, batch, nil, batch.keys)
}

// end keeps the last answers of a batch, forgets it, and forgets what was answered
// before to questions that it has no answer to: where one was asked anew, the old
// answer must not be taken for the new one.
func (b *batching) end(ctx context.Context, batch sentBatch, answers map[string]turncoat.Answer, unanswered []string) error {
	if err := b.store.ForgetAnswers(ctx, unanswered...); err != nil {
		return err
	}
	return b.store.EndBatch(ctx, batch.SentBatch, answers)
}

// answersAtOnce bounds the answers that are kept in one step.
const answersAtOnce = 500

// keep stores the answers of a batch that has ended, and notes why others are
// missing. Results that are not what the service promises, read again and again,
// will not become so: what came of them is kept, and the rest has failed.
func (b *batching) keep(ctx context.Context, model turncoat.BatchModel, batch sentBatch) error {
	answers := map[string]turncoat.Answer{}
	why := map[string]error{}
	for _, key := range batch.keys {
		why[key] = fmt.Errorf("batch %s of %s has ended without a result for it", batch.ID, batch.Model)
	}
	for result, err := range model.BatchResults(ctx, batch.ID) {
		if turncoat.ErrorKindOf(err) == turncoat.ErrorMalformed {
			blame(why, fmt.Errorf("the results of batch %s of %s cannot be read: %w", batch.ID, batch.Model, err))
			break
		}
		if err != nil {
			return err
		}
		if result.Err != nil {
			why[result.Key] = fmt.Errorf("in batch %s: %w", batch.ID, result.Err)
			continue
		}
		delete(why, result.Key)
		answers[result.Key] = turncoat.Answer{Reply: *result.Reply}
		if len(answers) == answersAtOnce {
			if err := b.store.SaveAnswers(ctx, answers); err != nil {
				return err
			}
			clear(answers)
		}
	}
	b.mu.Lock()
	maps.Copy(b.asked, why)
	b.mu.Unlock()
	return b.end(ctx, batch, answers, slices.Collect(maps.Keys(why)))
}
