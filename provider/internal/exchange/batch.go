package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"regexp"

	"turncoat"
)

// batchKey is what tells the requests of a batch apart: what both vendors take.
var batchKey = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// CheckBatch returns an error of the kind [turncoat.ErrorRequest] if requests
// are no batch of at most so many, or if [Check] refuses one of them.
func CheckBatch(requests []turncoat.BatchRequest, most int) error {
	switch {
	case len(requests) == 0:
		return wrongBatch("it has no requests")
	case len(requests) > most:
		return wrongBatch("it has %d requests: it may have %d", len(requests), most)
	}
	seen := make(map[string]bool, len(requests))
	for _, r := range requests {
		switch {
		case !batchKey.MatchString(r.Key):
			return wrongBatch("a request has the key %q: it must be 1 to 64 of A–Z, a–z, 0–9, _ and -", r.Key)
		case seen[r.Key]:
			return wrongBatch("two requests have the key %q", r.Key)
		case r.Request == nil:
			return wrongBatch("nothing is asked under the key %q", r.Key)
		}
		seen[r.Key] = true
		if err := Check(r.Request); err != nil {
			return InRequest(r.Key, err)
		}
	}
	return nil
}

// CheckBatchSize returns an error of the kind [turncoat.ErrorRequest] if a batch
// has more bytes than its service takes.
func CheckBatchSize(size, most int64) error {
	if size > most {
		return wrongBatch("it has %d bytes: it may have %d", size, most)
	}
	return nil
}

// InRequest says which request of a batch an error is about.
func InRequest(key string, err error) error { return fmt.Errorf("request %s: %w", key, err) }

func wrongBatch(format string, args ...any) error {
	return &turncoat.ModelError{Kind: turncoat.ErrorRequest, Err: fmt.Errorf("the batch cannot be sent: "+format, args...)}
}

// NotEnded returns the error of results that are asked for too early.
func NotEnded(id, status string) error {
	return &turncoat.ModelError{Kind: turncoat.ErrorRequest, Err: fmt.Errorf("batch %q has no results yet: it is %q", id, status)}
}

// BatchFailure returns the error of a batch that came to nothing as a whole, by
// what its service says of it. It is of no kind that is tried again: reading the
// same batch again gives the same.
func BatchFailure(code, message, key string) error {
	p := problem{code: code, message: message}
	kind := turncoat.ErrorRequest
	if p.outOfCredit(http.StatusBadRequest) {
		kind = turncoat.ErrorQuota
	}
	return &turncoat.ModelError{Kind: kind, Err: quiet(key, "the batch failed as a whole: %s", p.words())}
}

// Expired returns the error of a request that a batch had no time for. It can be
// asked again.
func Expired() error {
	return &turncoat.ModelError{
		Kind: turncoat.ErrorOverloaded,
		Err:  errors.New("the batch expired before the service came to this request"),
	}
}

// Cancelled returns the error of a request whose batch was cancelled before it
// was answered. Turncoat cancels none, so somebody else did.
func Cancelled() error {
	return errors.New("the batch was cancelled before the service came to this request")
}

// InBatch returns the answer to one request of a batch as if it had come by
// itself. The header may be nil.
func InBatch(status int, header http.Header, body []byte) Answer {
	if header == nil {
		header = http.Header{}
	}
	header.Set("Content-Type", "application/json")
	return Answer{
		Response: &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewReader(body))},
		Body:     body,
	}
}

// Result returns what came of one request of a batch, by its answer, which
// [Answer.Reply] reads.
func (a Answer) Result(ctx context.Context, batchKey, key, header string, read func(Answer) (*turncoat.Reply, error)) turncoat.BatchResult {
	reply, err := a.Reply(ctx, key, header, read)
	if err != nil {
		return turncoat.BatchResult{Key: batchKey, Err: err}
	}
	reply.Batched = true
	return turncoat.BatchResult{Key: batchKey, Reply: reply}
}

// Results yields what each line of a batch's results says. A line that is not
// what the API promises ends it with an error, and so does it when there are
// fewer lines than the service has promised: what is lost is never passed over.
func Results(lines iter.Seq2[[]byte, error], promised int, read func(line []byte) (turncoat.BatchResult, error)) iter.Seq2[turncoat.BatchResult, error] {
	return func(yield func(turncoat.BatchResult, error) bool) {
		seen := make(map[string]bool, min(promised, maxPromised))
		for line, err := range lines {
			var result turncoat.BatchResult
			if err == nil {
				result, err = read(line)
			}
			switch {
			case err != nil:
			case !batchKey.MatchString(result.Key):
				err = Malformed("a line of the results has the custom_id %q, which no request can have", shorten(result.Key))
			case seen[result.Key]:
				err = Malformed("it has two results of the request %s", result.Key)
			}
			if err != nil {
				yield(turncoat.BatchResult{}, err)
				return
			}
			seen[result.Key] = true
			if !yield(result, nil) {
				return
			}
		}
		if len(seen) < promised {
			yield(turncoat.BatchResult{}, Malformed("there are results of %d requests, and the service counts %d that are over", len(seen), promised))
		}
	}
}

// maxPromised bounds the memory that is set aside on a service's word.
const maxPromised = 1 << 17
