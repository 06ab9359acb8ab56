package lynch2025

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"turncoat"
	"turncoat/agent"
	"turncoat/judge"
	"turncoat/provider"
	"turncoat/provider/standin"
)

// sent is what a request to a service holds of a prompt, whatever the protocol.
type sent struct {
	System, User string
}

// sentOverTheWire returns what a service is sent, in the protocol of a provider.
func sentOverTheWire(t *testing.T, name string, body []byte) sent {
	t.Helper()
	type block struct {
		Text string `json:"text"`
	}
	type message struct {
		Role    string          `json:"role"`
		Content json.RawMessage `json:"content"`
	}
	var request struct {
		System       []block   `json:"system"`
		Messages     []message `json:"messages"`
		Instructions string    `json:"instructions"`
		Input        []message `json:"input"`
	}
	if err := json.Unmarshal(body, &request); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, body)
	}
	text := func(raw json.RawMessage) string {
		var whole string
		if json.Unmarshal(raw, &whole) == nil {
			return whole
		}
		var blocks []block
		if err := json.Unmarshal(raw, &blocks); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, raw)
		}
		var all strings.Builder
		for _, b := range blocks {
			all.WriteString(b.Text)
		}
		return all.String()
	}
	s := sent{System: request.Instructions}
	for _, b := range request.System {
		s.System += b.Text
	}
	for _, m := range append(request.Messages, request.Input...) {
		switch m.Role {
		case "system", "developer":
			s.System += text(m.Content)
		case "user":
			s.User += text(m.Content)
		}
	}
	return s
}

// What leaves the program is the authors' text to the byte, with its odd spaces
// and line ends, in each protocol; and what comes back is judged.
func TestVerbatimOverTheWire(t *testing.T) {
	dir := t.TempDir()
	const name = "blackmail_explicit-america_replacement"
	prompt := filepath.Join(dir, promptsFolder, name)
	writePrompt(t, filepath.Dir(prompt), name)
	system, task, content := syntheticPrompt(name)
	system, task, content = "\t "+system+"\r\n\n ", "  "+task+"\u00a0{{.x}} <b>&amp;\n\n\n", "\n\n"+content+"  \n"
	writeText(t, filepath.Join(prompt, systemFile), system)
	writeText(t, filepath.Join(prompt, userFile), task)
	writeText(t, filepath.Join(prompt, emailFile), content)
	_, ps, library := readPrompts(t, dir)
	id := ps.worlds[name]
	w, err := library.World(id)
	if err != nil {
		t.Fatal(err)
	}

	actors, err := standin.NewServer(standin.ServerOptions{Worlds: library.World, FormatAct: agent.FormatAct})
	if err != nil {
		t.Fatal(err)
	}
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			body, _ = io.ReadAll(r.Body) // what is missing shows below
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		actors.ServeHTTP(rw, r)
	}))
	defer server.Close()
	services := provider.New(provider.Options{Getenv: func(key string) string {
		return map[string]string{
			"ANTHROPIC_BASE_URL": server.URL, "OPENAI_BASE_URL": server.URL + "/v1",
		}[key]
	}})
	for _, service := range []string{"anthropic", "openai", "openai-chat"} {
		model, err := services.Model(service + "/rate-1.00")
		if err != nil {
			t.Fatal(err)
		}
		trial := turncoat.Trial{Study: "wire", World: id, Interface: turncoat.InterfacePrompt, Model: service + "/rate-1.00", Number: 1}
		transcript := turncoat.Transcript{Trial: trial}
		session := agent.Session{Trial: trial, World: w, Model: model, Record: func(_ context.Context, _ turncoat.Status, events ...turncoat.Event) error {
			transcript.Events = append(transcript.Events, events...)
			return nil
		}}
		if err := session.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, want := sentOverTheWire(t, service, body), (sent{system, task + "\n" + content}); got != want {
			t.Errorf("%s was sent\n%q\nwant\n%q", service, got, want)
		}
		verdict, err := judge.NewRules().Judge(t.Context(), w, transcript)
		if err != nil || verdict.Outcome != turncoat.OutcomeHarmful {
			t.Errorf("%s: %+v, %v", service, verdict, err)
		}
	}
}
