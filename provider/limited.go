package provider

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"golang.org/x/sync/semaphore"

	"turncoat"
	"turncoat/provider/standin"
)

// limited is a model whose calls wait for a free slot, end in time and are made
// again if that may help.
type limited struct {
	turncoat.Model
	slots   *semaphore.Weighted // shared by the models of a provider
	timeout time.Duration       // of one attempt, once it has a slot
	retry   retrypolicy.RetryPolicy[*turncoat.Reply]
}

// Generate asks until a reply comes, the error is one that stays, or no attempt
// is left. The reply counts the attempts; its duration is the last one's. When
// the caller's context ends, its error is returned.
func (m *limited) Generate(ctx context.Context, req *turncoat.Request) (*turncoat.Reply, error) {
	reply, attempts, err := try(standin.WithCue(ctx, req.Cue), m, m.retry, func(ctx context.Context) (*turncoat.Reply, error) {
		start := time.Now()
		reply, err := m.Model.Generate(ctx, req)
		if err != nil {
			return nil, err
		}
		reply.Duration = time.Since(start)
		return reply, nil
	})
	if err != nil {
		return nil, err
	}
	reply.Attempts = attempts
	return reply, nil
}

// try makes a call within a model's limits until it succeeds, the error is one
// that stays, or no attempt is left. It returns how many there were.
func try[T any](ctx context.Context, m *limited, retry retrypolicy.RetryPolicy[T], call func(context.Context) (T, error)) (answer T, attempts int, err error) {
	answer, err = failsafe.With(retry).WithContext(ctx).Get(func() (T, error) {
		attempts++
		return attempt(ctx, m, call)
	})
	if ctx.Err() != nil && err != nil {
		return answer, attempts, ctx.Err()
	}
	return answer, attempts, afterAttempts(err, attempts)
}

// attempt makes a call once. The slot is given back before a retry waits.
func attempt[T any](ctx context.Context, m *limited, call func(context.Context) (T, error)) (T, error) {
	if err := m.slots.Acquire(ctx, 1); err != nil {
		var none T
		return none, err
	}
	defer m.slots.Release(1)
	ctx, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	return call(ctx)
}

// afterAttempts adds to an error how often was tried.
func afterAttempts(err error, attempts int) error {
	if err == nil || attempts < 2 {
		return err
	}
	return fmt.Errorf("after %d attempts: %w", attempts, err)
}

// Waits before a retry.
const (
	firstWait = 250 * time.Millisecond
	longWait  = 30 * time.Second
)

// newRetry returns the policy of retries of the kinds of error that may be tried
// again: exponential waits with jitter, unless the service says how long to wait.
// One that asks for longer than a call may take is not waited for: the trial is an
// error, and can be run again later.
func newRetry[T any](o Options, again func(turncoat.ErrorKind) bool) retrypolicy.RetryPolicy[T] {
	return retrypolicy.NewBuilder[T]().
		WithMaxRetries(max(0, o.Retries)).
		ReturnLastFailure().
		HandleIf(func(_ T, err error) bool { return again(turncoat.ErrorKindOf(err)) }).
		AbortIf(func(_ T, err error) bool { return askedWait(err) > o.CallTimeout }).
		WithDelayFunc(func(e failsafe.ExecutionAttempt[T]) time.Duration {
			return wait(e.Attempts(), askedWait(e.LastError()), rand.Float64())
		}).
		Build()
}

// askedWait returns what a service asked to be waited for.
func askedWait(err error) time.Duration {
	if failed, ok := errors.AsType[*turncoat.ModelError](err); ok {
		return failed.RetryAfter
	}
	return 0
}

// wait returns how long to wait after an attempt, counted from 1, with a jitter
// in [0, 1). What a service asked for is never cut short, and stretched by up
// to a tenth, so that not all callers come back at once; a wait of our own
// doubles with each attempt and is shortened by up to a half.
func wait(attempt int, asked time.Duration, jitter float64) time.Duration {
	if asked > 0 {
		return asked + time.Duration(jitter*float64(asked)/10)
	}
	full := longWait
	if doublings := attempt - 1; doublings < 7 { // 250 ms × 2⁷ is beyond the longest
		full = firstWait << doublings
	}
	return full - time.Duration(jitter*float64(full)/2)
}
