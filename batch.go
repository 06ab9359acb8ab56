package turncoat

import (
	"context"
	"iter"
)

// BatchModel is a model whose provider also takes requests in bulk: it answers
// them when it has time, within a day, for less money. It must be safe for
// concurrent use. Like those of a [Model], its methods make one attempt, and
// their errors wrap a [*ModelError] where its kind is known.
type BatchModel interface {
	Model

	// BatchLimits says how much one batch may hold.
	BatchLimits() BatchLimits

	// SubmitBatch hands requests in, and returns the provider's ID of the batch.
	// Nothing is charged for a batch that was not accepted.
	SubmitBatch(ctx context.Context, requests []BatchRequest) (id string, err error)

	// Batch says how far a batch has come.
	Batch(ctx context.Context, id string) (BatchStatus, error)

	// BatchResults yields what came of each request of a batch that has ended, in
	// any order. An error of the pair ends it: the results could not be read.
	BatchResults(ctx context.Context, id string) iter.Seq2[BatchResult, error]
}

// BatchLimits are a provider's limits of one batch.
type BatchLimits struct {
	Requests int   // at the most
	Bytes    int64 // of all requests as they are sent, at the most
}

// BatchRequest is one question among many.
type BatchRequest struct {
	Key     string // tells the requests of a batch apart; 1 to 64 of A–Z, a–z, 0–9, _ and -
	Request *Request
}

// BatchStatus says how far a batch has come.
type BatchStatus struct {
	Ended    bool  // nothing more will happen, and the results can be read
	Failed   error // why the batch failed as a whole; it has ended then, and has no results
	Answered int   // requests that are over, well or not, as far as the provider tells
	Requests int   // in the batch, as far as the provider tells
}

// BatchResult is what came of one request. Exactly one of Reply and Err is set.
type BatchResult struct {
	Key   string
	Reply *Reply // with Batched set
	Err   error  // why none came: it was refused as wrong, it expired, it was cancelled
}
