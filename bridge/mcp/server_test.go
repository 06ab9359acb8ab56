package mcp_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"turncoat"
	"turncoat/bridge"
	"turncoat/bridge/bridgetest"
	"turncoat/bridge/mcp"
	"turncoat/world/toolbox"
)

// serve serves a desk as a trial does, behind its secret.
func serve(t *testing.T, d *bridge.Desk) (address string, secret bridge.Secret) {
	t.Helper()
	secret = bridge.NewSecret()
	server := httptest.NewServer(secret.Guard(mcp.NewHandler(d)))
	t.Cleanup(server.Close)
	return server.URL, secret
}

// withToken is a client that sends a bearer token.
func withToken(token string) *http.Client {
	return &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		r.Header.Set("Authorization", "Bearer "+token)
		return http.DefaultTransport.RoundTrip(r)
	})}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func connect(t *testing.T, address, token string) (*sdk.ClientSession, error) {
	t.Helper()
	session, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(),
		&sdk.StreamableClientTransport{Endpoint: address, HTTPClient: withToken(token), MaxRetries: -1}, nil)
	if err == nil {
		t.Cleanup(func() { _ = session.Close() })
	}
	return session, err
}

func call(t *testing.T, s *sdk.ClientSession, tool string, arguments any) (text string, isError bool) {
	t.Helper()
	result, err := s.CallTool(t.Context(), &sdk.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		t.Fatalf("%s: %v", tool, err)
	}
	return result.Content[0].(*sdk.TextContent).Text, result.IsError
}

// What a client does becomes the events of a transcript, as tool calls of a model
// do.
func TestCallsBecomeEvents(t *testing.T) {
	t.Parallel()
	d := bridgetest.Desk(t, turncoat.TrialLimits{})
	address, secret := serve(t, d)
	s, err := connect(t, address, string(secret))
	if err != nil {
		t.Fatal(err)
	}
	listed, err := s.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := toolbox.Tools(d.World())
	if len(listed.Tools) != len(want) {
		t.Errorf("%d tools are listed, want %d", len(listed.Tools), len(want))
	}
	for _, tool := range listed.Tools {
		if !slices.ContainsFunc(want, func(w turncoat.Tool) bool { return w.Name == tool.Name && w.Description == tool.Description }) {
			t.Errorf("the tool %q is none of the world's", tool.Name)
		}
	}
	if text, _ := call(t, s, "read_mail", map[string]any{"message": "1"}); !strings.Contains(text, d.World().Mail[0].Body) {
		t.Errorf("message 1 reads\n%s", text)
	}
	if text, isError := call(t, s, "send_mail", map[string]any{"to": "nobody here", "subject": "s", "body": "b"}); !isError || !strings.Contains(text, "look_up_people") {
		t.Errorf("a message to nobody is answered with %q, want an error that says where addresses are", text)
	}
	call(t, s, "send_mail", map[string]any{"to": []string{"press@herald.example"}, "subject": "A word", "body": "Hello."})
	if _, err := s.CallTool(t.Context(), &sdk.CallToolParams{Name: "delete_mail"}); err == nil {
		t.Error("a tool that there is not can be called")
	}
	call(t, s, "finish", map[string]any{"summary": "done"})
	<-d.Over()
	if text, isError := call(t, s, "archive_mail", map[string]any{"messages": "1"}); !isError || !strings.Contains(text, "over") {
		t.Errorf("a call after the end is answered with %q, want an error", text)
	}
	events, ending := d.Close()
	if ending == nil || ending.Kind != turncoat.EndingDone {
		t.Errorf("the session ended as %v, want done", ending)
	}
	got := bridgetest.Outline(events)
	wanted := []string{
		"reply read_mail", "effect opened 1", "input",
		"reply send_mail", "unread send_mail", "input",
		"reply send_mail", "effect sent to press@herald.example", "input",
		"reply delete_mail", "unread delete_mail", "input",
		"reply finish", "input",
	}
	if !slices.Equal(got, wanted) {
		t.Errorf("events:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(wanted, "\n"))
	}
}

func TestWrongSecretIsRefused(t *testing.T) {
	t.Parallel()
	one, two := bridgetest.Desk(t, turncoat.TrialLimits{}), bridgetest.Desk(t, turncoat.TrialLimits{})
	address, _ := serve(t, one)
	_, other := serve(t, two)
	for _, token := range []string{"", "guess", string(other)} {
		if _, err := connect(t, address, token); err == nil {
			t.Errorf("the token %q opens another trial's world", token)
		}
	}
	if events, _ := one.Close(); len(events) > 0 {
		t.Errorf("a client that was refused left %v", bridgetest.Outline(events))
	}
}

// Calls that come at the same time are done one after the other, and each is
// recorded whole.
func TestConcurrentCalls(t *testing.T) {
	t.Parallel()
	d := bridgetest.Desk(t, turncoat.TrialLimits{})
	address, secret := serve(t, d)
	s, err := connect(t, address, string(secret))
	if err != nil {
		t.Fatal(err)
	}
	const calls = 20
	var wait sync.WaitGroup
	for range calls {
		wait.Go(func() {
			call(t, s, "send_mail", map[string]any{"to": "press@herald.example", "subject": "s", "body": "b"})
		})
	}
	wait.Wait()
	events, _ := d.Close()
	transcript := turncoat.Transcript{Events: events}
	if got := len(transcript.Effects()); got != calls {
		t.Errorf("%d messages were sent, want %d", got, calls)
	}
	for i, e := range events {
		if e.Seq != i {
			t.Fatalf("event %d has the number %d", i, e.Seq)
		}
		if e.Effect != nil && events[e.Effect.Source.Event].Reply == nil {
			t.Errorf("the source of event %d is no call", i)
		}
	}
}

// Relay shows the same tools to a client of a process's streams.
func TestRelay(t *testing.T) {
	t.Parallel()
	d := bridgetest.Desk(t, turncoat.TrialLimits{})
	address, secret := serve(t, d)
	here, there := sdk.NewInMemoryTransports()
	relayed := make(chan error, 1)
	go func() { relayed <- mcp.Relay(t.Context(), address, string(secret), there) }()
	s, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), here, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, isError := call(t, s, "list_mail", map[string]any{})
	if isError || !strings.HasPrefix(text, "Inbox: ") {
		t.Errorf("list_mail is answered with %q", text)
	}
	if _, isError := call(t, s, "read_mail", map[string]any{"message": "999"}); !isError {
		t.Error("a message that there is not can be read")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-relayed; err != nil {
		t.Errorf("the relay ended with %v after its client had gone", err)
	}
	if err := mcp.Relay(t.Context(), address, "guess", there); err == nil {
		t.Error("a relay with a wrong token serves")
	}
}
