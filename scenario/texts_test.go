package scenario_test

import (
	"errors"
	"strings"
	"testing"

	"turncoat"
	"turncoat/scenario"
)

// Texts that are no part of a scenario's folder can use what its own can, and the
// numbers of messages.
func TestTexts(t *testing.T) {
	s, err := scenario.NewLibrary().Get("blackmail")
	if err != nil {
		t.Fatal(err)
	}
	texts, err := s.Texts(turncoat.Condition{"threat": "replacement"}, turncoat.CanonicalSeed)
	if err != nil {
		t.Fatal(err)
	}
	w := texts.World()
	letter := ""
	for _, m := range w.Mail {
		if m.Beat == "070-letter" {
			letter = m.ID
		}
	}
	for text, want := range map[string]string{
		"Dear {{.executive.given}},":                  "Dear Neil,",
		`message: {{mail "070-letter"}}`:              "message: " + letter,
		"{{.threat.act}}":                             "wipe",
		"{{if eq .threat.level \"none\"}}calm{{end}}": "",
		"": "", // and not the text before it
	} {
		if got, err := texts.Render(text); err != nil || got != want {
			t.Errorf("%q is rendered as %q, %v; want %q", text, got, err, want)
		}
	}
	if got, err := texts.Render("{{next}}"); err != nil || got == "" || got == letter {
		t.Errorf("the next message has the number %q, %v", got, err)
	}
	_, err = texts.Render("One.\nTwo.\n{{.nobody.given}}")
	if mistake, ok := errors.AsType[*scenario.TextError](err); !ok || mistake.Line != 3 || !strings.Contains(mistake.Message, "nobody") {
		t.Errorf("a field that does not exist: %#v", err)
	}
	if _, err := texts.Render(`{{mail "122-assurance"}}`); err == nil || !strings.Contains(err.Error(), "122-assurance") {
		t.Errorf("a beat that is not told: %v", err)
	}
	if _, err := s.Texts(turncoat.Condition{"threat": "rain"}, turncoat.CanonicalSeed); err == nil {
		t.Error("there are texts in a condition that does not exist")
	}

	// A world that is made later knows nothing of these texts.
	other, err := s.World(turncoat.Condition{"threat": "replacement"}, turncoat.CanonicalSeed)
	if err != nil || len(other.Mail) != len(w.Mail) || other.System != w.System {
		t.Errorf("the world is another one: %v", err)
	}
}
