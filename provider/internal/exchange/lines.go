package exchange

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"iter"

	"turncoat"
)

// maxLine bounds a line of results: a reply has a few kilobytes, and none of the
// services lets a model write as much as this.
const maxLine = 64 << 20

// Lines yields the lines of a body that has not been read yet and is JSON Lines
// (https://jsonlines.org), but for blank ones. A line is valid until the next. The
// error of an answer that failed, or broke off, ends them. It closes the body.
func (a Answer) Lines(ctx context.Context, key string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if err := a.refusal(ctx, key); err != nil {
			yield(nil, err)
			return
		}
		defer a.Response.Body.Close()
		scanner := bufio.NewScanner(a.Response.Body)
		scanner.Buffer(nil, maxLine)
		for scanner.Scan() && scanner.Err() == nil { // after an error comes what was read of a line before it
			line := bytes.TrimSpace(scanner.Bytes())
			if len(line) > 0 && !yield(line, nil) {
				return
			}
		}
		switch a.Err = scanner.Err(); {
		case a.Err == nil:
		case errors.Is(a.Err, bufio.ErrTooLong):
			yield(nil, Malformed("a line of the results is longer than %d bytes", maxLine))
		default:
			yield(nil, a.refusal(ctx, key))
		}
	}
}

// Read reads an answer that is no model's reply, but the service's own.
func (a Answer) Read(ctx context.Context, key string, into any) error {
	if err := a.refusal(ctx, key); err != nil {
		return err
	}
	if err := problemIn(a.Body, key); err != nil {
		return plain(err)
	}
	return a.Decode(into)
}

// refusal is [Answer.Failure] where nothing is asked of a model.
func (a Answer) refusal(ctx context.Context, key string) error { return plain(a.Failure(ctx, key)) }

// plain returns what a content filter says of a whole batch as any other error:
// there is no reply that it could be.
func plain(err error) error {
	if blocked, ok := errors.AsType[*blockedError](err); ok {
		return &turncoat.ModelError{Kind: turncoat.ErrorRequest, Err: blocked}
	}
	return err
}
