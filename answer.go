package turncoat

import (
	"context"
	"time"
)

// Answers keeps what models answered to judges and annotators, by what they were
// asked, and which batches of such questions are with a provider. So nobody is
// asked the same twice, and a batch outlives the process that sent it. It must be
// safe for concurrent use.
type Answers interface {
	// Answer returns the answer that is kept under a key, or [ErrNotFound].
	Answer(ctx context.Context, key string) (Answer, error)

	// SaveAnswers keeps answers by their keys, in the place of earlier ones.
	SaveAnswers(ctx context.Context, answers map[string]Answer) error

	// CountAnswers notes that the tokens of answers have been counted. A key
	// under which nothing is kept changes nothing.
	CountAnswers(ctx context.Context, keys ...string) error

	// ForgetAnswers removes what is kept under keys, if anything is.
	ForgetAnswers(ctx context.Context, keys ...string) error

	// SaveBatch keeps a batch that a provider has accepted, until EndBatch keeps
	// its answers and forgets it, in one step.
	SaveBatch(ctx context.Context, b SentBatch) error
	EndBatch(ctx context.Context, b SentBatch, answers map[string]Answer) error

	// Batches returns the batches that have not been ended, the first sent first.
	Batches(ctx context.Context) ([]SentBatch, error)
}

// Answer is a reply that a model gave to a judge or an annotator.
type Answer struct {
	Reply   Reply
	Counted bool // its tokens are part of a verdict or an annotation; who uses it again has not spent them
}

// SentBatch is a batch that is with a provider.
type SentBatch struct {
	Model    string // as asked for
	ID       string // the provider's
	At       time.Time
	Requests int
}
