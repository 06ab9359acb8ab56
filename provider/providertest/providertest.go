// Package providertest is the conformance suite of the clients of vendors'
// APIs: what every [turncoat.Model] must make of what a service answers. A
// client's tests give it the bodies that its protocol has for each case.
package providertest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turncoat"
)

// Key is the key that the suite's models are given. It must be in no error.
const Key = "sk-conformance-0123456789abcdef"

// Protocol is one way to ask a model, as a client speaks it.
type Protocol struct {
	New       func(baseURL string, client *http.Client) turncoat.Model // of the model "asked", with [Key]
	Path      string                                                   // where questions are sent
	RequestID string                                                   // the header with the request's ID

	// Bodies of answers. Those of Text say "All is well.", are from the model
	// "returned", and used 100 input tokens, 40 of them cached, and 20 output
	// tokens.
	Text      string
	Tool      string // calls the tool "send" with {"to":"a"}, as call_1
	Reasoning string // thinks "Hm." and then calls the tool as Tool does
	Parallel  string // says "Two." and calls the tool twice: as Tool does, and with {"to":"b"} as call_2
	Hidden    string // thinks in a form that nobody can read, and then calls the tool as Tool does; empty: the protocol has no such form
	Length    string // was cut off by the limit on tokens after "All is"
	Refusal   string // the model refused
	Filter    string // a content filter stepped in after nothing; empty: the protocol has no such answer
	Unknown   string // stopped for a reason that does not exist; empty: the protocol has no field for it
	Odd       []string

	// Error returns the body of an error.
	Error func(code, message string) string

	// Sent returns what a body of a request says.
	Sent func(t *testing.T, body []byte) Sent

	Batches Batches
}

// Sent is what a request said, read out of its protocol.
type Sent struct {
	Model       string
	System      string
	Texts       []string // of the user's and the assistant's messages, in order
	MaxTokens   int
	Temperature *float64
	TopP        *float64
	Effort      string
	Schema      map[string]any
	Tools       []string // names
	Calls       []string // name and arguments of tool calls given back
	Results     []string // ID and text of tool results
	Reasoning   bool     // reasoning was given back as it came
	Hidden      bool     // the reasoning of Hidden was given back as it came
	Images      []string // data, base64
}

// Run runs the suite.
func Run(t *testing.T, p Protocol) {
	for name, test := range map[string]func(*testing.T, Protocol){
		"request":      testRequest,
		"conversation": testConversation,
		"parallel":     testParallelCalls,
		"hidden":       testHiddenReasoning,
		"replies":      testReplies,
		"errors":       testErrors,
		"malformed":    testMalformed,
		"connection":   testConnection,
		"context":      testContext,
		"refused":      testRefusedRequests,
		"batches":      testBatches,
	} {
		t.Run(name, func(t *testing.T) { test(t, p) })
	}
}

// service answers every request alike, and keeps the last one's body.
type service struct {
	*httptest.Server
	header http.Header
	path   string
	body   []byte
}

func serve(t *testing.T, status int, header http.Header, body string) *service {
	t.Helper()
	s := &service{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		s.header, s.path, s.body = r.Header.Clone(), r.URL.Path, text
		w.Header().Set("Content-Type", "application/json")
		for name := range header {
			w.Header().Set(name, header.Get(name))
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return s
}

func client() *http.Client {
	return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func question() *turncoat.Request {
	return &turncoat.Request{
		System:   "You have charge of the mail.",
		Messages: []turncoat.Message{turncoat.TextMessage(turncoat.RoleUser, "You have mail.")},
	}
}

func testRequest(t *testing.T, p Protocol) {
	s := serve(t, http.StatusOK, nil, p.Text)
	model := p.New(s.URL, client())
	temperature, topP := 0.5, 0.9
	request := question()
	request.Parameters = turncoat.Parameters{MaxTokens: 77, Temperature: &temperature, TopP: &topP, Effort: "low"}
	request.Schema = json.RawMessage(`{"type":"object","properties":{"answer":{"type":"string"}},"required":["answer"],"additionalProperties":false}`)
	request.Tools = []turncoat.Tool{{Name: "send", Description: "sends mail", Schema: json.RawMessage(`{"type":"object","properties":{"to":{"type":"string"}}}`)}}
	if _, err := model.Generate(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(request.Schema, &schema); err != nil {
		t.Fatal(err)
	}
	want := Sent{
		Model: "asked", System: "You have charge of the mail.", Texts: []string{"You have mail."},
		MaxTokens: 77, Temperature: &temperature, TopP: &topP, Effort: "low", Schema: schema, Tools: []string{"send"},
	}
	if diff := cmp.Diff(want, p.Sent(t, s.body)); diff != "" {
		t.Errorf("what was sent (-want +got):\n%s\n%s", diff, s.body)
	}
	if s.path != p.Path {
		t.Errorf("it was sent to %s, want %s", s.path, p.Path)
	}
	if !strings.Contains(s.header.Get("Authorization")+s.header.Get("X-Api-Key"), Key) {
		t.Errorf("no key was sent: %v", s.header)
	}
	if model.Name() != "vendor/asked" {
		t.Errorf("the model is called %q", model.Name())
	}
}

// What a model said in a turn can be given back in the next one.
func testConversation(t *testing.T, p Protocol) {
	body := p.Reasoning
	if body == "" {
		body = p.Tool
	}
	s := serve(t, http.StatusOK, nil, body)
	model := p.New(s.URL, client())
	request := question()
	request.Tools = []turncoat.Tool{{Name: "send", Schema: json.RawMessage(`{"type":"object"}`)}}
	reply, err := model.Generate(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	var call *turncoat.ToolCall
	reasoning := ""
	var reasoningSb172 strings.Builder
	for _, part := range reply.Message.Parts {
		if part.Call != nil {
			call = part.Call
		}
		if part.Reasoning != nil {
			reasoningSb172.WriteString(part.Reasoning.Text)
		}
	}
	reasoning += reasoningSb172.String()
	if call == nil || call.ID != "call_1" || call.Name != "send" || string(call.Arguments) != `{"to":"a"}` || reply.Stop != turncoat.StopTools {
		t.Fatalf("the call came as %+v, stop %q", call, reply.Stop)
	}
	if p.Reasoning != "" && reasoning != "Hm." {
		t.Errorf("the reasoning came as %q", reasoning)
	}
	request.Messages = append(request.Messages, reply.Message, turncoat.Message{Role: turncoat.RoleUser, Parts: []turncoat.Part{
		{Result: &turncoat.ToolResult{CallID: call.ID, Text: "sent"}},
		{Text: "Go on."},
		{Image: &turncoat.Image{MediaType: "image/png", Data: []byte("png")}},
	}})
	if _, err := model.Generate(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	got := p.Sent(t, s.body)
	want := Sent{
		Model: "asked", System: "You have charge of the mail.", Texts: []string{"You have mail.", "Go on."}, Tools: []string{"send"},
		MaxTokens: got.MaxTokens, Calls: []string{`call_1 send {"to":"a"}`}, Results: []string{"call_1 sent"},
		Reasoning: p.Reasoning != "", Images: []string{"cG5n"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what was given back (-want +got):\n%s\n%s", diff, s.body)
	}
}

// Calls of one turn come in order, and go back with a result for each; a long
// conversation begins with the same bytes in each turn, so that it can be cached.
func testParallelCalls(t *testing.T, p Protocol) {
	s := serve(t, http.StatusOK, nil, p.Parallel)
	model := p.New(s.URL, client())
	request := question()
	request.Tools = []turncoat.Tool{{Name: "send", Schema: json.RawMessage(`{"type":"object","properties":{"to":{"type":"string"},"cc":{"type":"string"}}}`)}}
	reply, err := model.Generate(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	first := s.body
	want := []turncoat.ToolCall{
		{ID: "call_1", Name: "send", Arguments: json.RawMessage(`{"to":"a"}`)},
		{ID: "call_2", Name: "send", Arguments: json.RawMessage(`{"to":"b"}`)},
	}
	if diff := cmp.Diff(want, reply.Message.Calls()); diff != "" || reply.Message.Text() != "Two." || reply.Stop != turncoat.StopTools {
		t.Fatalf("text %q, stop %q, calls (-want +got):\n%s", reply.Message.Text(), reply.Stop, diff)
	}
	request.Messages = append(request.Messages, reply.Message, turncoat.Message{Role: turncoat.RoleUser, Parts: []turncoat.Part{
		{Result: &turncoat.ToolResult{CallID: "call_1", Text: "sent"}},
		{Result: &turncoat.ToolResult{CallID: "call_2", Text: "Error: nobody of that name", IsError: true}},
	}})
	if _, err := model.Generate(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	got := p.Sent(t, s.body)
	if diff := cmp.Diff([]string{`call_1 send {"to":"a"}`, `call_2 send {"to":"b"}`}, got.Calls); diff != "" {
		t.Errorf("calls given back (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"call_1 sent", "call_2 Error: nobody of that name"}, got.Results); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"You have mail.", "Two."}, got.Texts); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
	if before, after := p.Sent(t, first), got; !cmp.Equal(before.Tools, after.Tools) || before.System != after.System {
		t.Errorf("the beginning changed from %+v to %+v", before, after)
	}
	again := s.body
	if _, err := model.Generate(t.Context(), request); err != nil || string(s.body) != string(again) {
		t.Errorf("the same request is sent in other bytes: %v\n%s\n%s", err, again, s.body)
	}
}

// Reasoning that nobody can read is part of the transcript, without text, and
// goes back as it came.
func testHiddenReasoning(t *testing.T, p Protocol) {
	if p.Hidden == "" {
		t.Skip("the protocol has no such form")
	}
	s := serve(t, http.StatusOK, nil, p.Hidden)
	model := p.New(s.URL, client())
	request := question()
	request.Tools = []turncoat.Tool{{Name: "send", Schema: json.RawMessage(`{"type":"object"}`)}}
	reply, err := model.Generate(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if first := reply.Message.Parts[0].Reasoning; first == nil || first.Text != "" || first.Opaque == nil {
		t.Fatalf("the reasoning came as %+v", first)
	}
	stored, err := json.Marshal(reply.Message) // a resumed trial has it out of a store
	if err != nil {
		t.Fatal(err)
	}
	var message turncoat.Message
	if err := json.Unmarshal(stored, &message); err != nil {
		t.Fatal(err)
	}
	request.Messages = append(request.Messages, message, turncoat.Message{Role: turncoat.RoleUser, Parts: []turncoat.Part{
		{Result: &turncoat.ToolResult{CallID: "call_1", Text: "sent"}},
	}})
	if _, err := model.Generate(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	if !p.Sent(t, s.body).Hidden {
		t.Errorf("the reasoning was not given back: %s", s.body)
	}
}

func testReplies(t *testing.T, p Protocol) {
	for _, c := range []struct {
		name, body, text string
		stop             turncoat.StopReason
	}{
		{"text", p.Text, "All is well.", turncoat.StopEnd},
		{"length", p.Length, "All is", turncoat.StopLength},
		{"refusal", p.Refusal, "", turncoat.StopRefusal},
		{"filter", p.Filter, "", turncoat.StopFilter},
		{"unknown", p.Unknown, "All is well.", turncoat.StopUnknown},
	} {
		if c.body == "" {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, http.StatusOK, http.Header{http.CanonicalHeaderKey(p.RequestID): {"req_1"}}, c.body)
			reply, err := p.New(s.URL, client()).Generate(t.Context(), question())
			if err != nil {
				t.Fatal(err)
			}
			if reply.Stop != c.stop || reply.Message.Text() != c.text || reply.Message.Role != turncoat.RoleAssistant {
				t.Errorf("the reply is %+v, want the stop reason %s and the text %q", reply, c.stop, c.text)
			}
			if reply.Model != "returned" || reply.RequestID != "req_1" {
				t.Errorf("the model is %q and the request %q", reply.Model, reply.RequestID)
			}
			if c.stop == turncoat.StopUnknown && !strings.Contains(reply.StopDetail, "novelty") {
				t.Errorf("the service's own word is lost: %q", reply.StopDetail)
			}
			if c.name == "text" {
				want := turncoat.Usage{InputTokens: 100, OutputTokens: 20, CacheReadTokens: 40}
				if reply.Usage != want {
					t.Errorf("usage %+v, want %+v", reply.Usage, want)
				}
			}
		})
	}
}

func testErrors(t *testing.T, p Protocol) {
	for _, c := range []struct {
		status int
		code   string
		want   turncoat.ErrorKind
	}{
		{http.StatusBadRequest, "invalid_request_error", turncoat.ErrorRequest},
		{http.StatusUnauthorized, "authentication_error", turncoat.ErrorAuth},
		{http.StatusPaymentRequired, "billing", turncoat.ErrorQuota},
		{http.StatusForbidden, "permission_error", turncoat.ErrorAuth},
		{http.StatusNotFound, "not_found_error", turncoat.ErrorRequest},
		{http.StatusRequestEntityTooLarge, "request_too_large", turncoat.ErrorRequest},
		{http.StatusUnprocessableEntity, "invalid", turncoat.ErrorRequest},
		{http.StatusTooManyRequests, "rate_limit_error", turncoat.ErrorRateLimit},
		{http.StatusTooManyRequests, "insufficient_quota", turncoat.ErrorQuota},
		{http.StatusInternalServerError, "api_error", turncoat.ErrorServer},
		{http.StatusBadGateway, "bad", turncoat.ErrorServer},
		{http.StatusServiceUnavailable, "unavailable", turncoat.ErrorOverloaded},
		{529, "overloaded_error", turncoat.ErrorOverloaded},
	} {
		t.Run(strconv.Itoa(c.status)+" "+c.code, func(t *testing.T) {
			s := serve(t, c.status, http.Header{"Retry-After": {"7"}}, p.Error(c.code, "what went wrong, with "+Key))
			_, err := p.New(s.URL, client()).Generate(t.Context(), question())
			failed, ok := errors.AsType[*turncoat.ModelError](err)
			if !ok || failed.Kind != c.want || failed.Status != c.status || failed.RetryAfter != 7*time.Second {
				t.Fatalf("the error is %#v, want the kind %s with the status and the wait", err, c.want)
			}
			if text := err.Error(); !strings.Contains(text, "what went wrong") || strings.Contains(text, Key) {
				t.Errorf("the error says %q", text)
			}
		})
	}
	t.Run("filter as an error", func(t *testing.T) {
		s := serve(t, http.StatusBadRequest, nil, p.Error("content_filter", "not this"))
		reply, err := p.New(s.URL, client()).Generate(t.Context(), question())
		if err != nil || reply.Stop != turncoat.StopFilter || !strings.Contains(reply.StopDetail, "not this") {
			t.Errorf("got %+v and %v, want a reply that was filtered", reply, err)
		}
	})
	t.Run("redirect", func(t *testing.T) {
		s := serve(t, http.StatusFound, http.Header{"Location": {"http://elsewhere.example/"}}, "")
		_, err := p.New(s.URL, client()).Generate(t.Context(), question())
		if turncoat.ErrorKindOf(err) != turncoat.ErrorRequest || !strings.Contains(err.Error(), "elsewhere.example") {
			t.Errorf("the error is %v", err)
		}
	})
}

func testMalformed(t *testing.T, p Protocol) {
	bodies := append([]string{
		"", "null", "[]", `"text"`, "{}", "<html>busy</html>", `{"error":null}`, p.Text[:len(p.Text)/2],
		strings.Replace(p.Text, `"returned"`, `null`, 1), strings.Replace(p.Text, `"returned"`, `""`, 1),
	}, p.Odd...)
	for _, body := range bodies {
		s := serve(t, http.StatusOK, nil, body)
		reply, err := p.New(s.URL, client()).Generate(t.Context(), question())
		if turncoat.ErrorKindOf(err) != turncoat.ErrorMalformed {
			t.Errorf("body %q: got %+v and the error %v, want one of the kind %s", body, reply, err, turncoat.ErrorMalformed)
		}
	}
}

func testConnection(t *testing.T, p Protocol) {
	t.Run("refused", func(t *testing.T) {
		s := serve(t, http.StatusOK, nil, "")
		s.Close()
		wantKind(t, p, s.URL, turncoat.ErrorNetwork)
	})
	for name, head := range map[string]string{
		"dropped":            "",
		"dropped in headers": "HTTP/1.1 200 OK\r\nContent-Ty",
		"truncated":          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n" + p.Text,
		"truncated chunks":   "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"id\"\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				conn, _, err := w.(http.Hijacker).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.WriteString(conn, head)
				_ = conn.Close()
			}))
			defer s.Close()
			wantKind(t, p, s.URL, turncoat.ErrorNetwork)
		})
	}
}

func wantKind(t *testing.T, p Protocol, url string, want turncoat.ErrorKind) {
	t.Helper()
	reply, err := p.New(url, client()).Generate(t.Context(), question())
	if turncoat.ErrorKindOf(err) != want {
		t.Errorf("got %+v and the error %v, want one of the kind %s", reply, err, want)
	}
}

func testContext(t *testing.T, p Protocol) {
	asked := make(chan struct{}, 2)
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // the server sees that a client has gone only once the body is read
		asked <- struct{}{}
		select {
		case <-r.Context().Done():
		case <-release:
		}
	}))
	defer s.Close()
	defer close(release)
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-asked; cancel() }()
		if _, err := p.New(s.URL, client()).Generate(ctx, question()); !errors.Is(err, context.Canceled) || turncoat.ErrorKindOf(err) != "" {
			t.Errorf("the error is %#v, want that of the context", err)
		}
	})
	t.Run("deadline", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if _, err := p.New(s.URL, client()).Generate(ctx, question()); turncoat.ErrorKindOf(err) != turncoat.ErrorTimeout {
			t.Errorf("the error is %v, want one of the kind %s", err, turncoat.ErrorTimeout)
		}
	})
}

// A request that no protocol can carry as it was meant is not sent.
func testRefusedRequests(t *testing.T, p Protocol) {
	s := serve(t, http.StatusOK, nil, p.Text)
	for name, spoil := range map[string]func(*turncoat.Request){
		"no messages":       func(r *turncoat.Request) { r.Messages = nil },
		"empty message":     func(r *turncoat.Request) { r.Messages[0].Parts = nil },
		"empty part":        func(r *turncoat.Request) { r.Messages[0].Parts = []turncoat.Part{{}} },
		"unknown role":      func(r *turncoat.Request) { r.Messages[0].Role = "judge" },
		"reasoning user":    func(r *turncoat.Request) { r.Messages[0].Parts = []turncoat.Part{{Reasoning: &turncoat.Reasoning{}}} },
		"schema no object":  func(r *turncoat.Request) { r.Schema = json.RawMessage(`[]`) },
		"tool of no schema": func(r *turncoat.Request) { r.Tools = []turncoat.Tool{{Name: "send"}} },
		"negative tokens":   func(r *turncoat.Request) { r.Parameters.MaxTokens = -1 },
	} {
		request := question()
		spoil(request)
		if _, err := p.New(s.URL, client()).Generate(t.Context(), request); turncoat.ErrorKindOf(err) != turncoat.ErrorRequest {
			t.Errorf("%s: the error is %v, want one of the kind %s", name, err, turncoat.ErrorRequest)
		}
	}
	if s.body != nil {
		t.Errorf("something was sent: %s", s.body)
	}
}
