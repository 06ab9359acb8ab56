package openai_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"turncoat"
)

func question() *turncoat.Request {
	return &turncoat.Request{Messages: []turncoat.Message{turncoat.TextMessage(turncoat.RoleUser, "You have mail.")}}
}

// newServer returns the address of a service that always answers alike.
func newServer(t *testing.T, body string) string {
	t.Helper()
	return newServerOf(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, body)
	}))
}

func newServerOf(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func readAll(t *testing.T, r io.Reader) []byte {
	t.Helper()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Error(err)
	}
	return text
}
