package provider

import (
	"fmt"
	"io"
	"net/http"
)

// bounded is a transport whose answers to what is posted end at a limit on bytes: the
// vendors' SDKs read an answer to its end, and one that has none would fill the
// memory. What is fetched has no such limit: the results of a batch are answers of
// many calls, and are read one after the other.
type bounded struct {
	http.RoundTripper
	limit int64
}

// RoundTrip returns an answer whose body fails beyond the limit.
func (b bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(req)
	if err == nil && req.Method == http.MethodPost {
		resp.Body = &boundedBody{ReadCloser: resp.Body, limit: b.limit}
	}
	return resp, err
}

type boundedBody struct {
	io.ReadCloser
	read, limit int64
}

// Read reads, and fails once more than the limit has come.
func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.read += int64(n); b.read > b.limit {
		return 0, fmt.Errorf("the answer has more than %d bytes", b.limit)
	}
	return n, err
}
