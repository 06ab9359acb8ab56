package provider

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// An answer ends at the limit; the results of a batch, which are fetched, do not.
func TestBounded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", 1000))
	}))
	t.Cleanup(server.Close)
	for _, c := range []struct {
		method string
		limit  int64
		whole  bool
	}{
		{http.MethodPost, 999, false},
		{http.MethodPost, 1000, true},
		{http.MethodGet, 999, true},
	} {
		client := New(Options{AnswerLimit: c.limit}).client
		req, err := http.NewRequestWithContext(t.Context(), c.method, server.URL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if whole := err == nil && len(text) == 1000; whole != c.whole {
			t.Errorf("%s with a limit of %d: %d bytes, %v", c.method, c.limit, len(text), err)
		}
		if err != nil && !strings.Contains(err.Error(), "more than 999 bytes") {
			t.Errorf("the error is %v", err)
		}
	}
}
