package provider

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"turncoat"
	"turncoat/provider/standin"
)

// BatchModel returns the model of a name, as Model does, if its provider also
// takes requests in batches. The error for one that does not is of the kind
// [turncoat.ErrorUnsupported], and names those that do.
//
// Its calls are limited, timed and tried again as others are, but for SubmitBatch:
// a batch whose fate is not known, because the connection broke or the service
// failed, may have been accepted, and would be paid for twice. So it is handed in
// again only after the service has said that it took nothing (too many requests,
// overloaded). A context that ends meanwhile leaves the same doubt.
//
// BatchResults reads all results before it gives any on, so that what the caller
// does with them takes no time of the call and no slot.
func (p *Provider) BatchModel(name string) (turncoat.BatchModel, error) {
	if err := Check(name); err != nil {
		return nil, err
	}
	prefix, _, _ := strings.Cut(name, "/")
	if v, ok := vendorOf(prefix); !ok || v.batch == 0 {
		return nil, &turncoat.ModelError{
			Kind: turncoat.ErrorUnsupported,
			Err:  fmt.Errorf("%s cannot be asked in batches: %s takes none; there are batches with %s", name, prefix, batchVendors()),
		}
	}
	m, err := p.Model(name)
	if err != nil {
		return nil, err
	}
	within := m.(*limited)
	return newLimitedBatches(within, within.Model.(turncoat.BatchModel), p.options), nil
}

// limitedBatches is a model of which batches, too, are bound by its provider's
// limits.
type limitedBatches struct {
	*limited
	bulk   turncoat.BatchModel // the same model without limits
	submit retrypolicy.RetryPolicy[string]
	ask    retrypolicy.RetryPolicy[turncoat.BatchStatus]
	fetch  retrypolicy.RetryPolicy[[]turncoat.BatchResult]
}

func newLimitedBatches(within *limited, bulk turncoat.BatchModel, o Options) *limitedBatches {
	return &limitedBatches{
		limited: within,
		bulk:    bulk,
		submit:  newRetry[string](o, declined),
		ask:     newRetry[turncoat.BatchStatus](o, turncoat.ErrorKind.Retryable),
		fetch:   newRetry[[]turncoat.BatchResult](o, turncoat.ErrorKind.Retryable),
	}
}

// BatchLimits says how much one batch may hold.
func (m *limitedBatches) BatchLimits() turncoat.BatchLimits { return m.bulk.BatchLimits() }

// SubmitBatch hands requests in.
func (m *limitedBatches) SubmitBatch(ctx context.Context, requests []turncoat.BatchRequest) (string, error) {
	id, _, err := try(standin.WithCues(ctx, requests), m.limited, m.submit, func(ctx context.Context) (string, error) {
		return m.bulk.SubmitBatch(ctx, requests)
	})
	if kind := turncoat.ErrorKindOf(err); kind.Retryable() && !declined(kind) && !unreached(err) {
		return "", fmt.Errorf("the batch was not handed in again, for it may have been accepted (the provider's console shows its batches): %w", err)
	}
	return id, err
}

// declined reports whether a service says, with an error of a kind, that it took
// nothing and can be asked again.
func declined(kind turncoat.ErrorKind) bool {
	return kind == turncoat.ErrorRateLimit || kind == turncoat.ErrorOverloaded
}

// unreached reports whether no connection came about, over which a batch could have
// been accepted.
func unreached(err error) bool {
	failed, ok := errors.AsType[*turncoat.ModelError](err)
	return ok && failed.Unsent
}

// Batch says how far a batch has come.
func (m *limitedBatches) Batch(ctx context.Context, id string) (turncoat.BatchStatus, error) {
	status, _, err := try(ctx, m.limited, m.ask, func(ctx context.Context) (turncoat.BatchStatus, error) {
		return m.bulk.Batch(ctx, id)
	})
	return status, err
}

// BatchResults yields the results of a batch that has ended. If they cannot be
// read to their end, the error comes after those that the last attempt has read.
func (m *limitedBatches) BatchResults(ctx context.Context, id string) iter.Seq2[turncoat.BatchResult, error] {
	return func(yield func(turncoat.BatchResult, error) bool) {
		results, _, err := try(ctx, m.limited, m.fetch, func(ctx context.Context) ([]turncoat.BatchResult, error) {
			return collect(m.bulk.BatchResults(ctx, id))
		})
		for _, result := range results {
			if !yield(result, nil) {
				return
			}
		}
		if err != nil {
			yield(turncoat.BatchResult{}, err)
		}
	}
}

// collect returns all results, or those before the error.
func collect(results iter.Seq2[turncoat.BatchResult, error]) ([]turncoat.BatchResult, error) {
	var all []turncoat.BatchResult
	for result, err := range results {
		if err != nil {
			return all, err
		}
		all = append(all, result)
	}
	return all, nil
}
