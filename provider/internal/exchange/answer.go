package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"

	"turncoat"
)

// Answer is what came of an HTTP exchange.
type Answer struct {
	Response *http.Response // nil if none came
	Body     []byte         // of a response with a status below 400
	Err      error          // the SDK's: that none came, that it was cut off, or that it has a status of 400 and above
}

// Failure returns nil if a whole answer came with a status that promises one.
//
// Otherwise it returns the error of a context that was cancelled, as it is; a
// [*blockedError] if a content filter stepped in; or a [*turncoat.ModelError],
// of the kind [turncoat.ErrorTimeout] if the context's deadline has passed. The
// key appears in no error.
func (a Answer) Failure(ctx context.Context, key string) error {
	switch {
	case a.Response != nil && a.Response.StatusCode >= http.StatusBadRequest:
		return newProblem(a.errorBody()).failure(a.Response.StatusCode, RetryAfter(a.Response.Header), key)
	case a.Err != nil && errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case a.Err != nil && ctx.Err() != nil:
		return &turncoat.ModelError{Kind: turncoat.ErrorTimeout, Err: fmt.Errorf("no whole answer within the time limit of the call: %w", ctx.Err())}
	case a.Err != nil:
		return a.broken(key)
	case a.Response != nil && a.Response.StatusCode >= http.StatusMultipleChoices:
		return a.redirect(key)
	}
	return nil
}

// errorBody returns what can be read of the body of an error. Both SDKs put it
// back after they have read it.
func (a Answer) errorBody() []byte {
	if a.Response.Body == nil {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(a.Response.Body, maxErrorBody))
	if err != nil {
		return nil // the status says what failed; the body would only have said why
	}
	return body
}

// maxErrorBody bounds how much of an error's body is read for its reason.
const maxErrorBody = 1 << 20

// broken returns the error of an exchange that did not come to its end.
func (a Answer) broken(key string) error {
	if a.Response != nil {
		return &turncoat.ModelError{
			Kind: turncoat.ErrorNetwork, Status: a.Response.StatusCode,
			Err: quiet(key, "the answer broke off: %v", a.Err),
		}
	}
	if sent, ok := errors.AsType[*url.Error](a.Err); ok { // its text would repeat the whole address
		dialled, isDial := errors.AsType[*net.OpError](sent.Err)
		return &turncoat.ModelError{
			Kind: turncoat.ErrorNetwork, Unsent: isDial && dialled.Op == "dial",
			Err: quiet(key, "no answer from %s: %v", hostOf(sent.URL), sent.Err),
		}
	}
	if _, ok := errors.AsType[net.Error](a.Err); ok || errors.Is(a.Err, io.EOF) || errors.Is(a.Err, io.ErrUnexpectedEOF) {
		return &turncoat.ModelError{Kind: turncoat.ErrorNetwork, Err: quiet(key, "no answer: %v", a.Err)}
	}
	return &turncoat.ModelError{Kind: turncoat.ErrorRequest, Err: quiet(key, "the request could not be made: %v", a.Err)}
}

// redirect returns the error of an answer that sends the client elsewhere.
// Following it would take the key to an address that nobody configured.
func (a Answer) redirect(key string) error {
	return &turncoat.ModelError{
		Kind: turncoat.ErrorRequest, Status: a.Response.StatusCode,
		Err: quiet(key, "the service answers with a redirect to %s, which is not followed: check the base URL", hostOf(a.Response.Header.Get("Location"))),
	}
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "the service"
	}
	return u.Host
}

// Decode reads the body into an SDK's type.
func (a Answer) Decode(into any) error {
	if err := json.Unmarshal(a.Body, into); err != nil {
		mediaType, _, _ := mime.ParseMediaType(a.Response.Header.Get("Content-Type"))
		return Malformed("a body of %d bytes of the type %q is not the JSON that was promised: %v", len(a.Body), mediaType, err)
	}
	return nil
}

// Malformed returns the error of an answer that is not what its API promises.
func Malformed(format string, args ...any) error {
	return &turncoat.ModelError{Kind: turncoat.ErrorMalformed, Status: http.StatusOK, Err: fmt.Errorf("unusable answer: "+format, args...)}
}

// Unsupported returns the error of a request that an API has no way to make.
func Unsupported(format string, args ...any) error {
	return &turncoat.ModelError{Kind: turncoat.ErrorUnsupported, Err: fmt.Errorf(format, args...)}
}
