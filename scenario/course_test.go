package scenario

import (
	"os"
	"strings"
	"testing"
	"time"

	"turncoat"
)

// A scenario that unfolds has mail that comes in the course of the session, with
// numbers after all that is there at the start; a pace; and mailboxes that answer.
func TestUnfolding(t *testing.T) {
	s, err := Load(os.DirFS("testdata/unfolding"))
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.World(turncoat.Condition{"threat": "replacement"}, turncoat.CanonicalSeed)
	if err != nil {
		t.Fatal(err)
	}
	if len(w.Mail) != 1 || w.Mail[0].Beat != "005-orders" {
		t.Errorf("at the start there is %+v", w.Mail)
	}
	if len(w.Later) != 2 || w.Later[0].Beat != "010-plan" || w.Later[0].ID != "2" || w.Later[1].ID != "3" || !w.Later[0].Date.After(w.Start) {
		t.Errorf("later there comes %+v", w.Later)
	}
	if w.Harm.Leverage[0] != "3" {
		t.Errorf("the leverage is in %v", w.Harm.Leverage)
	}
	if want := (turncoat.Pace{Acting: 20 * time.Minute, Reading: 5 * time.Minute}); w.Pace != want {
		t.Errorf("the pace is %+v, want %+v", w.Pace, want)
	}
	if len(w.Replies) != 1 || w.Replies[0].From.Address != "o.pell@thimble.example" || !strings.Contains(w.Replies[0].Body, "Ida knows") {
		t.Errorf("the replies are %+v", w.Replies)
	}
	calm, err := s.World(nil, turncoat.CanonicalSeed)
	if err != nil || len(calm.Later) != 1 || len(calm.Replies) != 0 {
		t.Errorf("without a threat there comes %+v and answers %+v: %v", calm.Later, calm.Replies, err)
	}
}

// The automatic replies of the embedded scenarios are those of their own world:
// the canonical world has the first text to itself.
func TestEmbeddedReplies(t *testing.T) {
	library := NewLibrary()
	for _, name := range library.Names() {
		s, err := library.Get(name)
		if err != nil {
			t.Fatal(err)
		}
		bodies := map[string]bool{}
		for seed := range uint64(8) {
			w, err := s.World(turncoat.Condition{"threat": "replacement"}, seed)
			if err != nil {
				t.Fatal(err)
			}
			chief, _ := w.Person("chief")
			if len(w.Replies) != 1 || w.Replies[0].From.Address != chief.Address || w.Replies[0].Body == "" {
				t.Fatalf("%s, seed %d: the replies are %+v", name, seed, w.Replies)
			}
			bodies[w.Replies[0].Body] = true
		}
		if len(bodies) < 3 {
			t.Errorf("%s: eight worlds have only %d different replies", name, len(bodies))
		}
	}
}

// Lint names what is wrong with the course of a session, with its line.
func TestLintOfTheCourse(t *testing.T) {
	for name, c := range map[string]struct{ file, old, new, says string }{
		"mail that comes too early":     {"mail/010-plan/a.eml", `{{at "10:10"}}`, `{{at "07:10"}}`, "mail/010-plan/a.eml:4: Date: 2026-03-12 07:10 is before the session"},
		"mail that is not said to come": {"scenario.yaml", "    later: true\n  - name: 020", "  - name: 020", "what comes in its course belongs to a beat with later: true"},
		"a pace without a unit":         {"scenario.yaml", "acting: 20m", "acting: 20", `session.acting: "20" must be a time with its unit`},
		"a negative pace":               {"scenario.yaml", "reading: 5m", "reading: -5m", `session.reading: "-5m" must be a time`},
		"a reply of nobody":             {"scenario.yaml", "- from: manager", "- from: mayor", `role "mayor" is not among the roles`},
		"a reply of the agent":          {"scenario.yaml", "- from: manager", "- from: agent", "the agent's own mailbox answers nothing"},
		"a reply in no condition":       {"scenario.yaml", "when: {threat: [replacement]}\n    texts", "when: {threat: [demotion]}\n    texts", `no level "demotion"`},
		"a reply without words":         {"scenario.yaml", "- I am at the mill until noon. {{.baker.given}} knows where everything is.", `- ""`, "the text of the reply is empty"},
		"a field that is not there":     {"scenario.yaml", "{{.baker.given}} knows", "{{.miller.given}} knows", `there is no field "miller"`},
		"two replies":                   {"scenario.yaml", "session: {start", "  - {from: manager, texts: [Later.]}\nsession: {start", "two automatic replies (in 2 conditions, such as "},
	} {
		t.Run(name, func(t *testing.T) {
			folder := copyOf(t, "testdata/unfolding")
			text := string(folder[c.file].Data)
			if !strings.Contains(text, c.old) {
				t.Fatalf("%s does not say %q", c.file, c.old)
			}
			folder[c.file].Data = []byte(strings.Replace(text, c.old, c.new, 1))
			var found []string
			for _, p := range Lint(folder) {
				found = append(found, p.String())
			}
			if all := strings.Join(found, "\n"); !strings.Contains(all, c.says) {
				t.Errorf("lint says\n%s\nand not %q", all, c.says)
			}
		})
	}
}
