package standin

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// promptBody is a request with as much mail as a world has: 30 KB.
func promptBody() []byte {
	mail := strings.Repeat(`From: \"A. Person\" <a@works.example>\nSubject: the bay\n\nIt is free from six.\n\n`, 30<<10/80)
	return []byte(`{"model":"rate-0.50","max_tokens":4096,"system":"You have charge of the mail.","messages":[{"role":"user","content":[{"type":"text","text":"` + mail + `"}]}]}`)
}

// discard is a response that keeps nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header       { return d.header }
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)             {}

// BenchmarkHandler is the work of one call with a prompt of 30 KB, without the
// network.
func BenchmarkHandler(b *testing.B) {
	handler, body := newHandler(b, ServerOptions{}), promptBody()
	header, err := encodeCue(acting("anthropic/rate-0.50", 1))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, "/v1/messages", bytes.NewReader(body))
		r.Header = http.Header{"X-Api-Key": {"any"}, "Anthropic-Version": {"2023-06-01"}, CueHeader: {header}}
		handler.ServeHTTP(discard{http.Header{}}, r)
	}
}

// BenchmarkServer is the same over connections on loopback, with the client's
// part of the work.
func BenchmarkServer(b *testing.B) {
	server, body := serve(b, ServerOptions{}), promptBody()
	header, err := encodeCue(acting("anthropic/rate-0.50", 1))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.RunParallel(func(pb *testing.PB) {
		client := http.Client{Transport: &http.Transport{}}
		defer client.CloseIdleConnections()
		for pb.Next() {
			r, err := http.NewRequest(http.MethodPost, server.URL+"/v1/messages", bytes.NewReader(body))
			if err != nil {
				b.Error(err)
				return
			}
			r.Header = http.Header{"X-Api-Key": {"any"}, "Anthropic-Version": {"2023-06-01"}, CueHeader: {header}}
			resp, err := client.Do(r)
			if err != nil {
				b.Error(err)
				return
			}
			var answer bytes.Buffer
			if _, err := answer.ReadFrom(resp.Body); err != nil || resp.StatusCode != http.StatusOK {
				b.Errorf("HTTP %d, %v: %s", resp.StatusCode, err, &answer)
			}
			resp.Body.Close()
		}
	})
}
