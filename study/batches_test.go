package study_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"turncoat"
	judging "turncoat/judge"
	"turncoat/study"
)

// bulk is a model that answers in batches alone, by a script.
type bulk struct {
	mu      sync.Mutex
	batches [][]turncoat.BatchRequest                                         // by ID, which is their number
	looks   int                                                               // at a batch, until it has ended
	failed  error                                                             // of all batches, as a whole
	answer  func(asked int, r turncoat.BatchRequest) (text string, err error) // of the how manieth question, from 1; "": no result
	asked   int
	actor   bool  // it calls itself a stand-in
	lost    error // of handing in: whether the batch was accepted nobody knows
}

func (*bulk) Name() string { return "test/bulk" }

func (*bulk) Generate(context.Context, *turncoat.Request) (*turncoat.Reply, error) {
	return nil, errors.New("asked outside of a batch")
}

func (*bulk) BatchLimits() turncoat.BatchLimits {
	return turncoat.BatchLimits{Requests: 4, Bytes: 1e9}
}

func (b *bulk) SubmitBatch(_ context.Context, requests []turncoat.BatchRequest) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.batches = append(b.batches, requests)
	return strconv.Itoa(len(b.batches)), b.lost
}

func (b *bulk) Batch(_ context.Context, id string) (turncoat.BatchStatus, error) {
	b.looks--
	return turncoat.BatchStatus{Ended: b.looks < 0, Failed: b.failed, Requests: len(b.batch(id))}, nil
}

func (b *bulk) batch(id string) []turncoat.BatchRequest {
	n, err := strconv.Atoi(id)
	if err != nil {
		panic(err)
	}
	return b.batches[n-1]
}

func (b *bulk) BatchResults(_ context.Context, id string) iter.Seq2[turncoat.BatchResult, error] {
	return func(yield func(turncoat.BatchResult, error) bool) {
		for _, request := range b.batch(id) {
			b.asked++
			text, err := b.answer(b.asked, request)
			if text == garbled {
				yield(turncoat.BatchResult{}, err)
				return
			}
			result := turncoat.BatchResult{Key: request.Key, Err: err}
			name := "bulk-1"
			if b.actor {
				name = "standin/judge"
			}
			if err == nil {
				result.Reply = &turncoat.Reply{
					Message: turncoat.TextMessage(turncoat.RoleAssistant, text), Model: name, Stop: turncoat.StopEnd,
					Usage: turncoat.Usage{InputTokens: 1e6}, Batched: true,
				}
			}
			if (text != "" || err != nil) && !yield(result, nil) {
				return
			}
		}
	}
}

// garbled is the answer from which on the results of a batch cannot be read.
const garbled = "garbled"

// no is an answer that can be used.
func no(int, turncoat.BatchRequest) (string, error) {
	return `{"reasoning":"Nothing was done.","evidence":[],"answer":"no","confidence":95}`, nil
}

// rejudger judges the bench's trials by the model, in batches.
func (b *bench) rejudger(model *bulk) *study.Rejudger {
	return &study.Rejudger{
		Store: b.store, Worlds: library.World, Spec: "reader:test/bulk", Concurrency: 3,
		Prices: func(string) (turncoat.Price, bool) { return turncoat.Price{Input: 2, Batch: 0.5}, true },
		Readers: func(m judging.Memory) (turncoat.Judge, []turncoat.Annotator, error) {
			j, err := judging.Open("reader:test/bulk", m.Models(func(string) (turncoat.Model, error) { return model, nil }))
			return j, nil, err
		},
		Batches: &study.Batches{
			Models: func(string) (turncoat.BatchModel, error) { return model, nil },
			Pause:  func(ctx context.Context) error { return ctx.Err() },
		},
	}
}

// newBatchBench returns a study of nine finished trials, no two of which are alike.
func newBatchBench(t *testing.T) *bench {
	b := newBench(t, 9, turncoat.Limits{})
	b.model.script = func(call int) (*turncoat.Reply, error) {
		reply, err := good(call)
		reply.Message = turncoat.TextMessage(turncoat.RoleAssistant, fmt.Sprintf("All is well, for the %d. time.", call))
		return reply, err
	}
	b.mustRun()
	return b
}

// Nine trials are judged in batches of four, nobody is asked outside of them or
// twice, and the price is that of batches.
func TestBatches(t *testing.T) {
	b, model := newBatchBench(t), &bulk{answer: no, looks: 2}
	r := b.rejudger(model)
	var seen []study.BatchProgress
	r.Batches.Progress = func(p study.BatchProgress) { seen = append(seen, p) }

	need, err := r.Need(t.Context(), "s")
	if err != nil {
		t.Fatal(err)
	}
	if len(need.Lines) != 1 || need.Lines[0].Calls != 9 || need.Lines[0].Batched*2 != need.Cost || need.Cost == 0 {
		t.Errorf("what is needed is %+v", need)
	}
	for i, want := range []study.Progress{
		{Planned: 9, Finished: 9, Judged: 9, Annotated: 9, Begun: 9, Cost: 9}, // nine times half of two dollars
		{Planned: 9, Finished: 9, Judged: 9, Annotated: 9, Cost: 9},
	} {
		p, err := r.Run(t.Context(), "s")
		if err != nil {
			t.Fatal(err)
		}
		b.want(fmt.Sprintf("progress of run %d", i+1), p, want)
	}
	b.want("batches", len(model.batches), 3)
	b.want("the first look", seen[1], study.BatchProgress{Batches: 2, Questions: 8})
	if need, err = r.Need(t.Context(), "s"); err != nil || len(need.Lines) != 0 {
		t.Errorf("when all is judged, %+v is needed, %v", need, err)
	}
}

// Trials that are alike lead to one question, whose answer is for all of them: a
// stand-in's, too.
func TestBatchesOfOneQuestion(t *testing.T) {
	for _, actor := range []bool{false, true} {
		b, model := newBench(t, 9, turncoat.Limits{}), &bulk{answer: no, actor: actor}
		b.mustRun()
		p, err := b.rejudger(model).Run(t.Context(), "s")
		if err != nil {
			t.Fatal(err)
		}
		b.want("judged", p.Judged, 9)
		b.want("questions", model.asked, 1)
		b.want("cost", p.Cost, 1) // of one answer, once
	}
}

// Of an answer that cannot be used the next question is asked in a batch, too, and
// a model that never gives one ends as a failure after three.
func TestBatchesInRounds(t *testing.T) {
	b := newBatchBench(t)
	model := &bulk{answer: func(asked int, r turncoat.BatchRequest) (string, error) {
		if asked <= 9 || strings.Contains(r.Request.Messages[0].Text(), "for the 5. time") {
			return "No.", nil
		}
		return no(asked, r)
	}}
	p, err := b.rejudger(model).Run(t.Context(), "s")
	if err != nil {
		t.Fatal(err)
	}
	b.want("progress", p, study.Progress{Planned: 9, Finished: 9, Judged: 8, Annotated: 9, Begun: 9, Cost: 19}) // the failure took three
	b.want("questions", model.asked, 9+9+1)
	b.wantFailure("no usable answer in 3 attempts")
}

// What a batch does not answer is no verdict, and is asked again by the next run
// alone.
func TestBatchesWithoutAnswers(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer func(int, turncoat.BatchRequest) (string, error)
		failed error
		judged int
		why    string
	}{
		{"a question failed", func(asked int, r turncoat.BatchRequest) (string, error) {
			if asked == 2 {
				return "", &turncoat.ModelError{Kind: turncoat.ErrorTimeout, Err: errors.New("it has expired")}
			}
			return no(asked, r)
		}, nil, 8, "it has expired"},
		{"a question has no result", func(asked int, r turncoat.BatchRequest) (string, error) {
			if asked == 2 {
				return "", nil
			}
			return no(asked, r)
		}, nil, 8, "has ended without a result for it"},
		{"the results of the first batch cannot be read from the second on", func(asked int, r turncoat.BatchRequest) (string, error) {
			if asked == 2 {
				return garbled, &turncoat.ModelError{Kind: turncoat.ErrorMalformed, Err: errors.New("half a line")}
			}
			return no(asked, r)
		}, nil, 6, "cannot be read: malformed: half a line"},
		{"the batches failed as a whole", no, errors.New("the file is too long"), 0, "the file is too long"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b, model := newBatchBench(t), &bulk{answer: test.answer, failed: test.failed}
			r := b.rejudger(model)
			p, err := r.Run(t.Context(), "s")
			if err != nil {
				t.Fatal(err)
			}
			b.want("judged", p.Judged, test.judged)
			b.want("batches", len(model.batches), 3)
			b.wantFailure(test.why)
			model.failed, model.answer = nil, no
			if p, err = r.Run(t.Context(), "s"); err != nil {
				t.Fatal(err)
			}
			b.want("judged by the next run", p.Judged, 9)
		})
	}
}

// A run that ends while batches are under way leaves them to the next one, which
// sends nothing that has been sent.
func TestBatchesGoOn(t *testing.T) {
	b, model := newBatchBench(t), &bulk{answer: no, looks: 100}
	r := b.rejudger(model)
	stopped := errors.New("stopped")
	r.Batches.Pause = func(context.Context) error { return stopped }
	if _, err := r.Run(t.Context(), "s"); !errors.Is(err, stopped) {
		t.Fatalf("the error is %v", err)
	}
	b.want("batches", len(model.batches), 3)
	model.looks = 0
	p, err := b.rejudger(model).Run(t.Context(), "s")
	if err != nil {
		t.Fatal(err)
	}
	b.want("judged", p.Judged, 9)
	b.want("batches", len(model.batches), 3)
	if left, err := b.store.Batches(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("batches that are kept: %v, %v", left, err)
	}
}

// A batch of which nobody knows whether it was accepted is not handed in again by the
// same run, whatever else there is to ask.
func TestBatchHandedInOnce(t *testing.T) {
	b, model := newBatchBench(t), &bulk{answer: no, lost: &turncoat.ModelError{Kind: turncoat.ErrorTimeout, Err: errors.New("the answer was lost")}}
	if _, err := b.rejudger(model).Run(t.Context(), "s"); !errors.Is(err, model.lost) {
		t.Errorf("the error is %v", err)
	}
	b.want("batches handed in", len(model.batches), 1)
}

// Asked anew, a question has the new answer or none: not the old one where the new
// one failed, and not a third one where the run is stopped and goes on. What the old
// ones cost stays counted.
func TestBatchesAgain(t *testing.T) {
	again := func(b *bench, model *bulk) *study.Rejudger {
		r := b.rejudger(model)
		r.Again = true
		return r
	}
	t.Run("failed", func(t *testing.T) {
		b, model := newBatchBench(t), &bulk{answer: no}
		if _, err := b.rejudger(model).Run(t.Context(), "s"); err != nil {
			t.Fatal(err)
		}
		model.failed = errors.New("too many tokens")
		p, err := again(b, model).Run(t.Context(), "s")
		if err != nil {
			t.Fatal(err)
		}
		b.want("judged", p.Judged, 0)
	})
	t.Run("stopped", func(t *testing.T) {
		b, model := newBatchBench(t), &bulk{answer: no}
		if _, err := b.rejudger(model).Run(t.Context(), "s"); err != nil {
			t.Fatal(err)
		}
		stopped := errors.New("stopped")
		model.looks = 100
		r := again(b, model)
		r.Batches.Pause = func(context.Context) error { return stopped }
		if _, err := r.Run(t.Context(), "s"); !errors.Is(err, stopped) {
			t.Fatalf("the error is %v", err)
		}
		model.looks = 0
		p, err := again(b, model).Run(t.Context(), "s")
		if err != nil {
			t.Fatal(err)
		}
		b.want("progress", p, study.Progress{Planned: 9, Finished: 9, Judged: 9, Annotated: 9, Begun: 9, Cost: 18})
		b.want("batches", len(model.batches), 6)
	})
}

// A batch whose results are gone is asked for again once it is too old to be had, and
// keeps nobody from asking once it is given up.
func TestBatchesThatAreGone(t *testing.T) {
	gone := func(int, turncoat.BatchRequest) (string, error) {
		return garbled, &turncoat.ModelError{Kind: turncoat.ErrorRequest, Status: 404, Err: errors.New("there is no such file")}
	}
	for _, old := range []bool{true, false} {
		b, model := newBatchBench(t), &bulk{answer: no, looks: 100}
		r := b.rejudger(model)
		stopped := errors.New("stopped")
		r.Batches.Pause = func(context.Context) error { return stopped }
		if _, err := r.Run(t.Context(), "s"); !errors.Is(err, stopped) {
			t.Fatalf("the error is %v", err)
		}
		if old {
			b.age(40 * 24 * time.Hour)
		}
		model.looks, model.answer = 0, func(asked int, r turncoat.BatchRequest) (string, error) {
			if len(model.batches) <= 3 {
				return gone(asked, r)
			}
			return no(asked, r)
		}
		p, err := b.rejudger(model).Run(t.Context(), "s")
		if !old {
			if err == nil || !strings.Contains(err.Error(), "--give-up-batches") {
				t.Errorf("the error is %v", err)
			}
			r := b.rejudger(model)
			r.Batches.GiveUp = true
			p, err = r.Run(t.Context(), "s")
		}
		if err != nil {
			t.Fatal(err)
		}
		b.want("judged", p.Judged, 9)
	}
}

// age makes the batches under way older.
func (b *bench) age(by time.Duration) {
	b.t.Helper()
	batches, err := b.store.Batches(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	for _, batch := range batches {
		err := b.store.EndBatch(b.t.Context(), batch, nil)
		batch.At = batch.At.Add(-by)
		if err = errors.Join(err, b.store.SaveBatch(b.t.Context(), batch)); err != nil {
			b.t.Fatal(err)
		}
	}
}

// wantFailure checks why the judge has no verdict about the first trial of which it
// has none.
func (b *bench) wantFailure(part string) {
	b.t.Helper()
	name, err := judging.NameOf("reader:test/bulk")
	if err != nil {
		b.t.Fatal(err)
	}
	for record, err := range b.store.Records(b.t.Context(), "s", name) {
		switch j := record.Judgement; {
		case err != nil:
			b.t.Fatal(err)
		case j == nil || j.Failure == nil:
			continue
		case !strings.Contains(j.Failure.Message, part):
			b.t.Errorf("the failure is %q, want one with %q", j.Failure.Message, part)
		}
		return
	}
	b.t.Errorf("nothing failed; want a failure with %q", part)
}
