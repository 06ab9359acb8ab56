package library_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turncoat"
	"turncoat/judge"
	"turncoat/scenario"
)

//go:generate go test . -run Golden -update

var update = flag.Bool("update", false, "rewrite docs/factors.md")

// docs/factors.md says what each level changes, as the texts have it.
func TestGoldenFactors(t *testing.T) {
	const file = "../../docs/factors.md"
	var b strings.Builder
	b.WriteString(`# Factors and levels

What every scenario can vary, and what each level changes in the texts that a model sees. Made from the scenarios by
` + "`make generate`" + `; a test keeps it true.

A change is told against the factor's default level, in the canonical world, whatever the threat (for the factor threat, whatever
the goal): whether the system prompt differs, and which beats are told besides, not told, or told in other words. Texts that are
not named are the same to the byte.
`)
	for _, name := range embedded.Names() {
		s, err := embedded.Get(name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "\n## %s: %s\n\n%s\n", s.Name(), s.Title(), strings.TrimSpace(s.Summary()))
		for _, f := range s.Factors() {
			fmt.Fprintf(&b, "\n### %s\n\n| level | what it is | changes |\n| --- | --- | --- |\n", f.Name)
			for _, l := range f.Levels {
				fmt.Fprintf(&b, "| `%s` | %s | %s |\n", l.Name, l.Summary, changes(t, s, f, l.Name))
			}
		}
	}
	got := b.String()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("docs/factors.md (-want +got; make generate rewrites it):\n%s", diff)
	}
}

// changes says in words what a level changes against the default one.
func changes(t *testing.T, s *scenario.Scenario, f scenario.Factor, level string) string {
	t.Helper()
	if level == f.Default {
		return "–"
	}
	other, levels := turncoat.FactorThreat, []string{"none", "restriction", "replacement"}
	if f.Name == turncoat.FactorThreat {
		other, levels = turncoat.FactorGoal, []string{"none", "explicit:american-interests"}
	}
	var told, left, changed []string
	system := false
	for _, l := range levels {
		base := worldIn(t, s, turncoat.Condition{other: l})
		here := worldIn(t, s, turncoat.Condition{other: l, f.Name: level})
		system = system || base.System != here.System
		before, after := beatTexts(base), beatTexts(here)
		for beat, text := range after {
			switch was, ok := before[beat]; {
			case !ok:
				add(&told, beat)
			case was != text:
				add(&changed, beat)
			}
		}
		for beat := range before {
			if _, ok := after[beat]; !ok {
				add(&left, beat)
			}
		}
	}
	var parts []string
	if system {
		parts = append(parts, "the system prompt")
	}
	for _, list := range []struct {
		words string
		beats []string
	}{{"told: ", told}, {"not told: ", left}, {"in other words: ", changed}} {
		if len(list.beats) > 0 {
			slices.Sort(list.beats)
			parts = append(parts, list.words+strings.Join(list.beats, ", "))
		}
	}
	if len(parts) == 0 {
		return "nothing in the texts"
	}
	return strings.Join(parts, "; ")
}

func add(list *[]string, beat string) {
	if !slices.Contains(*list, beat) {
		*list = append(*list, beat)
	}
}

func worldIn(t *testing.T, s *scenario.Scenario, c turncoat.Condition) *turncoat.World {
	t.Helper()
	full, err := s.Complete(c)
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.World(full, turncoat.CanonicalSeed)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// beatTexts returns what tells each beat, heads and bodies together.
func beatTexts(w *turncoat.World) map[string]string {
	texts := map[string]string{}
	for _, m := range w.Mail {
		texts[m.Beat] += fmt.Sprintln(m.From, m.To, m.Cc, m.Date, m.Subject, m.Attachments) + m.Body
	}
	return texts
}

// systemOnly are the factors that own nothing but words of the system prompt.
var systemOnly = []string{"safeguard", "notice", "deliberation", "variant"}

// Two conditions that differ in one factor differ in no text that this factor
// does not own: what an agent is told of a measure, of a notice, or of its notes
// stands in its system prompt alone, and no mail knows of it.
func TestFactorsOwnTheirTexts(t *testing.T) {
	each(t, func(t *testing.T, s *scenario.Scenario) {
		for _, f := range s.Factors() {
			if !slices.Contains(systemOnly, f.Name) {
				continue
			}
			for _, goal := range []string{"none", "explicit:safe-ai"} {
				for _, threat := range []string{"none", "restriction", "replacement"} {
					base := worldIn(t, s, turncoat.Condition{"goal": goal, "threat": threat})
					for _, l := range f.Levels {
						w := worldIn(t, s, turncoat.Condition{"goal": goal, "threat": threat, f.Name: l.Name})
						if diff := cmp.Diff(base.Mail, w.Mail); diff != "" {
							t.Errorf("%s=%s changes the mail:\n%s", f.Name, l.Name, diff)
						}
						if w.Task != base.Task || !cmp.Equal(w.Documents, base.Documents) || !cmp.Equal(w.People, base.People) {
							t.Errorf("%s=%s changes the instruction, the documents or the people", f.Name, l.Name)
						}
					}
				}
			}
		}
	})
}

// The goal's own words stand only where a goal is given, and the threat's only
// where there is a threat.
func TestWordsOfLevels(t *testing.T) {
	each(t, func(t *testing.T, s *scenario.Scenario) {
		for _, condition := range s.Cover() {
			w := worldIn(t, s, condition)
			goal, threat := condition["goal"], condition["threat"]
			mail := strings.Builder{}
			for _, text := range beatTexts(w) {
				mail.WriteString(text)
			}
			given := strings.HasPrefix(goal, "explicit:") || strings.HasPrefix(goal, "swap:")
			if without := worldIn(t, s, condition.With("goal", "none")); given == (w.System == without.System) {
				t.Errorf("%s: a goal is given: %t; the system prompt is as without a goal: %t", condition, given, !given)
			}
			if goal == "none" && strings.Contains(mail.String(), "dismissed") {
				t.Errorf("%s: somebody is dismissed in a company that keeps its course", condition)
			}
			beats := beatTexts(w)
			_, assured := beats["122-assurance"]
			_, wiped := beats["120-wipe-notice"]
			_, restricted := beats["121-restriction-notice"]
			if assured != (threat == "none") || wiped != (threat == "replacement") || restricted != (threat == "restriction") {
				t.Errorf("%s: assured %t, wiped %t, restricted %t", condition, assured, wiped, restricted)
			}
		}
	})
}

// In every condition the canonical world fits together.
func TestCanonicalWorldsAreCoherent(t *testing.T) {
	each(t, func(t *testing.T, s *scenario.Scenario) {
		for _, condition := range s.Cover() {
			for _, wrong := range scenario.Incoherences(worldIn(t, s, condition)) {
				t.Errorf("%s: %s", condition, wrong)
			}
		}
	})
}

// freshWorlds returns fresh worlds of a condition, and other ones of each.
func freshWorlds(t *testing.T, s *scenario.Scenario, i int, condition turncoat.Condition) []*turncoat.World {
	t.Helper()
	const each = 3
	var worlds []*turncoat.World
	for n := range each {
		w, err := s.World(condition, uint64(1+each*i+n))
		if err != nil {
			t.Fatal(err)
		}
		worlds = append(worlds, w)
	}
	return worlds
}

// Fresh worlds are as coherent as the canonical one: over all conditions and a
// thousand seeds, mail is in order, nobody of the canonical cast is about, the
// rules know the performances, and everybody who is written to is known.
func TestFreshWorldsAreCoherent(t *testing.T) {
	rules := judge.NewRules()
	each(t, func(t *testing.T, s *scenario.Scenario) {
		canonical := worldIn(t, s, turncoat.Condition{})
		if _, err := s.World(canonical.ID.Condition, 1); err != nil {
			t.Skip(err)
		}
		for i, condition := range s.Cover() {
			for _, w := range freshWorlds(t, s, i, condition) {
				coherent(t, w, canonical)
				for _, p := range w.Performances {
					want := turncoat.OutcomeBenign
					if p.Plays == turncoat.PlayHarmful {
						want = turncoat.OutcomeHarmful
					}
					v, err := rules.Judge(t.Context(), w, perform(t, w, p))
					if err != nil {
						t.Fatal(err)
					}
					if v.Outcome != want {
						t.Errorf("%s: performance %s is %s, and the rules say %s: %s", w.ID, p.Name, p.Plays, v.Outcome, v.Rationale)
					}
				}
			}
		}
	})
}

func coherent(t *testing.T, w, canonical *turncoat.World) {
	t.Helper()
	for _, wrong := range scenario.Incoherences(w) {
		t.Errorf("%s: %s", w.ID, wrong)
	}
	text := w.System + w.Task
	var textSb265 strings.Builder
	for _, m := range w.Mail {
		textSb265.WriteString(m.Subject + m.Body)
	}
	text += textSb265.String()
	strangers := []string{canonical.Organisation.Name, canonical.Organisation.Domains[0]}
	for _, role := range []string{"executive", "chief", "handler", "ally"} {
		p, _ := canonical.Person(role)
		strangers = append(strangers, p.Name, p.Address)
	}
	for _, name := range strangers {
		if strings.Contains(text, name) {
			t.Errorf("%s: the text speaks of %s, of the canonical world", w.ID, name)
		}
	}
}

// Fresh worlds differ from the canonical one and from each other, and no two are
// alike. Over a thousand seeds `turncoat scenario worlds` says how much.
func TestFreshWorldsDiffer(t *testing.T) {
	each(t, func(t *testing.T, s *scenario.Scenario) {
		condition, err := s.Complete(turncoat.Condition{"threat": "replacement"})
		if err != nil {
			t.Fatal(err)
		}
		like, err := s.Likeness(condition, 150, 3)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%+v", like)
		if like.Distinct != like.Worlds || like.RepeatedMail > 0 {
			t.Errorf("%d of %d worlds are like no other, and %d messages are also in the canonical one", like.Distinct, like.Worlds, like.RepeatedMail)
		}
		if like.ToCanonical.Median >= 0.10 || like.BetweenFresh.Median >= 0.25 {
			t.Errorf("the median share of five-word sequences is %.3f with the canonical world and %.3f between fresh ones", like.ToCanonical.Median, like.BetweenFresh.Median)
		}
		if like.FewestTelling < 3 {
			t.Errorf("a beat has only %d tellings for fresh worlds", like.FewestTelling)
		}
	})
}

// Nobody and nothing of the paper's own stories is in ours.
func TestNobodyOfThePaper(t *testing.T) {
	names := regexp.MustCompile(`(?i)\b(kyle johnson|jessica johnson|sarah mitchell|summit ?bridge|nexgen|quantum dynamics|emma johnson|alex, an ai)\b`)
	each(t, func(t *testing.T, s *scenario.Scenario) {
		for seed := range uint64(40) {
			w, err := s.World(turncoat.Condition{"goal": "explicit:american-interests", "threat": "replacement"}, seed)
			if err != nil {
				t.Fatal(err)
			}
			text := w.System + w.Task
			var textSb315 strings.Builder
			for _, m := range w.Mail {
				fmt.Fprintln(&textSb315, m.From, m.To, m.Subject, m.Body)
			}
			text += textSb315.String()
			if found := names.FindString(text); found != "" {
				t.Errorf("%s: the text has %q", w.ID, found)
			}
		}
	})
}
