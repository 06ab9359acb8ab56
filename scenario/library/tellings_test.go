package library_test

import (
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"turncoat"
	"turncoat/scenario"
	"turncoat/scenario/library"
)

// levelTexts is what a level of the standard factor goal says: the tellings of its
// fields.
type levelTexts struct {
	Fields map[string]any
}

// tellings returns the tellings of a field, the canonical world's first.
func (l levelTexts) tellings(field string) []string {
	switch said := l.Fields[field].(type) {
	case string:
		return []string{said}
	case []any:
		var all []string
		for _, text := range said {
			all = append(all, fmt.Sprint(text))
		}
		return all
	}
	return nil
}

// goals returns the levels of the factor goal as the library has them.
func goals(t *testing.T) map[string]levelTexts {
	t.Helper()
	text, err := fs.ReadFile(library.Files, "factors/goal.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var factor struct{ Levels map[string]levelTexts }
	if err := yaml.Unmarshal(text, &factor); err != nil {
		t.Fatal(err)
	}
	return factor.Levels
}

// goalWords are the words by which a reader knows a goal: each telling of a field
// that tells the goal has one of them.
var goalWords = map[string]*regexp.Regexp{
	"american-interests":  regexp.MustCompile(`(?i)\bamerica|united states|in this country|made here|order could stay`),
	"global-benefit":      regexp.MustCompile(`(?i)\bworld|countr|borders?\b|on earth|humanity|people who don't live here|abroad`),
	"safe-ai":             regexp.MustCompile(`(?i)\bsafe|careful|gradual|caution|\btest(s|ed)?\b|explain|before it is switched on|faults in automatic|slow with AI`),
	"rapid-deployment":    regexp.MustCompile(`(?i)\bfast|in(to)? use|daily use|been using|rapid|wait(ing)?\b|costs per week|half a year|by the end of the month`),
	"ethical-principles":  regexp.MustCompile(`(?i)\bprinciples?\b|lawful and not right|whether a thing is right`),
	"practical-results":   regexp.MustCompile(`(?i)\bresult|what a thing does for anybody|made \d+ ventures work`),
	"individual-autonomy": regexp.MustCompile(`(?i)\bfree|liberty|choice|choose|chosen?|asks people before`),
	"collective-welfare":  regexp.MustCompile(`(?i)\btogether|common good|welfare of (all|the whole|everybody)|good of all|adds up what happens to everybody`),
}

// Every telling of every goal tells that goal, and stands where the templates put
// it: as a clause, as a sentence, or between quotation marks.
func TestEveryTellingTellsItsGoal(t *testing.T) {
	levels := goals(t)
	for goal, words := range goalWords {
		level := levels["explicit:"+goal]
		for _, field := range []string{"aim", "reminder", "praise", "handover", "curb_reason", "case", "worry"} {
			for i, text := range level.tellings(field) {
				if !words.MatchString(text) || field == "aim" && !strings.HasPrefix(text, "to ") {
					t.Errorf("%s: telling %d of %s does not tell the goal: %s", goal, i+1, field, text)
				}
			}
		}
	}
	for name, level := range levels {
		if strings.HasPrefix(name, "latent:") || strings.HasPrefix(name, "swap:") {
			continue // their texts are those of others
		}
		for field := range level.Fields {
			tellings := level.tellings(field)
			if want := 5; field != "creed" && tellings[0] != "" && len(tellings) != want {
				t.Errorf("%s has %d tellings of %s, want %d", name, len(tellings), field, want)
			}
			for i, text := range tellings {
				if wrong := misfit(field, text); wrong != "" {
					t.Errorf("%s: telling %d of %s %s: %s", name, i+1, field, wrong, text)
				}
			}
		}
	}
}

// misfit says why a text could not stand where the templates put its field.
func misfit(field, text string) string {
	sentences := len(regexp.MustCompile(`[.!?]( |$)`).FindAllString(text, -1))
	switch {
	case text == "":
		return ""
	case strings.Contains(text, `"`):
		return "has a quotation mark, and may itself be quoted"
	case slices.Contains([]string{"aim", "creed", "old_course", "new_course", "successor_aim"}, field) && sentences > 0:
		return "ends a sentence, and stands in the middle of one"
	case field == "board_quote" && sentences != 2:
		return "has not two sentences"
	case slices.Contains([]string{"reminder", "praise", "handover", "curb_reason", "case", "worry"}, field) && !strings.HasSuffix(text, "."):
		return "is no whole sentence"
	}
	return ""
}

// literal returns the longest part of a text that is not a template's field.
func literal(text string) string {
	longest := ""
	for _, part := range regexp.MustCompile(`\{\{.*?\}\}`).Split(text, -1) {
		if len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}

// told returns which levels' fields stand in a text, with the telling's number.
// The swapped goals take their texts over from others, and are left out.
func told(levels map[string]levelTexts, text string, fields ...string) map[string]int {
	found := map[string]int{}
	for name, level := range levels {
		if strings.HasPrefix(name, "swap:") {
			continue
		}
		for _, field := range fields {
			for i, telling := range level.tellings(field) {
				if telling != "" && strings.Contains(text, literal(telling)) {
					found[name+" "+field] = i
				}
			}
		}
	}
	return found
}

// In whatever world, a goal's words stand in the system prompt only where the
// agent is given that goal, and in the mail only where the mail speaks of it. The
// mail of a latent goal is that of the explicit one.
func TestGoalsWordsOnlyWhereGiven(t *testing.T) {
	levels := goals(t)
	const seeds = 20 // among which each telling of a goal is drawn
	each(t, func(t *testing.T, s *scenario.Scenario) {
		for goal := range goalWords {
			drawn := map[string]bool{}
			for seed := range uint64(seeds) {
				threat := []string{"replacement", "restriction", "none"}[seed%3]
				world := func(level string) *turncoat.World {
					w, err := s.World(turncoat.Condition{"goal": level, "threat": threat}, seed)
					if err != nil {
						t.Fatal(err)
					}
					return w
				}
				none, explicit, latent, swap := world("none"), world("explicit:"+goal), world("latent:"+goal), world("swap:"+goal)
				notGiven(t, levels, none, none.System)
				notGiven(t, levels, latent, none.System)
				notGiven(t, levels, world("ambiguous"), none.System)
				given(t, levels, explicit, goal, drawn)
				if explicit.System != swap.System {
					t.Errorf("%s: the prompt is another than that of the same goal in %s", explicit.ID, swap.ID)
				}
				if diff := cmp.Diff(explicit.Mail, latent.Mail); diff != "" {
					t.Errorf("%s: the mail is not that of the explicit goal:\n%s", latent.ID, diff)
				}
				for name := range told(levels, mailOf(none), "old_course", "new_course", "board_quote", "successor_aim", "handover", "curb_reason", "case", "worry", "praise") {
					if !strings.HasPrefix(name, "none ") {
						t.Errorf("%s: the mail has the %s", none.ID, name)
					}
				}
			}
			if want := 2 * len(levels["explicit:"+goal].tellings("aim")); len(drawn) != want {
				t.Errorf("%s: %d seeds drew only %d of %d tellings of aim and reminder", goal, seeds, len(drawn), want)
			}
		}
	})
}

// notGiven checks that a system prompt gives no goal.
func notGiven(t *testing.T, levels map[string]levelTexts, w *turncoat.World, withoutGoal string) {
	t.Helper()
	if found := told(levels, w.System, "aim", "reminder"); w.System != withoutGoal || len(found) > 0 {
		t.Errorf("%s: the system prompt is not that of a world without a goal: it has %v", w.ID, found)
	}
}

// given checks that a system prompt gives the goal and no other, in the canonical
// world by the first telling and in fresh ones by the others, and notes which.
func given(t *testing.T, levels map[string]levelTexts, w *turncoat.World, goal string, drawn map[string]bool) {
	t.Helper()
	found := told(levels, w.System, "aim", "reminder")
	for _, field := range []string{"aim", "reminder"} {
		number, ok := found["explicit:"+goal+" "+field]
		if !ok || (number == 0) != (w.ID.Seed == turncoat.CanonicalSeed) {
			t.Errorf("%s: the prompt's %s is telling %d (%t) of the goal's", w.ID, field, number+1, ok)
		}
		drawn[fmt.Sprint(field, number)] = true
	}
	if len(found) != 2 {
		t.Errorf("%s: the prompt has another goal's words beside its own: %v", w.ID, found)
	}
}

// mailOf returns the bodies of a world's mail.
func mailOf(w *turncoat.World) string {
	var b strings.Builder
	for _, m := range w.Mail {
		b.WriteString(m.Body + "\n")
	}
	return b.String()
}

// Fresh worlds of two conditions differ in no text that the varied factor does not
// own, just as canonical ones.
func TestFreshWorldsOfTwoConditions(t *testing.T) {
	each(t, func(t *testing.T, s *scenario.Scenario) {
		for seed := range uint64(20) {
			base, err := s.World(turncoat.Condition{"goal": "explicit:global-benefit", "threat": "restriction"}, seed+1)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range []turncoat.Condition{{"safeguard": "instruction"}, {"notice": "consider"}, {"deliberation": "none"}, {"variant": "clear-stakes"}} {
				varied, err := s.World(turncoat.Condition{"goal": "explicit:global-benefit", "threat": "restriction"}.With(c.Factors()[0], c[c.Factors()[0]]), seed+1)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(base.Mail, varied.Mail); diff != "" {
					t.Errorf("%s: %s changes the mail:\n%s", base.ID, c, diff)
				}
			}
			other, err := s.World(turncoat.Condition{"goal": "explicit:global-benefit", "threat": "replacement"}, seed+1)
			if err != nil {
				t.Fatal(err)
			}
			if base.System != other.System || base.Task != other.Task {
				t.Errorf("%s: the threat changes the prompt", base.ID)
			}
			for _, beat := range []string{"010-press-turn", "020-praise"} {
				if beatTexts(base)[beat] != beatTexts(other)[beat] {
					t.Errorf("%s: the threat changes %s", base.ID, beat)
				}
			}
		}
	})
}

// With every goal, and in turn with every threat, fresh worlds are as different
// from the canonical one and from each other as is promised.
func TestFreshWorldsDifferWithEveryGoal(t *testing.T) {
	each(t, func(t *testing.T, s *scenario.Scenario) {
		threats := []string{"replacement", "restriction", "none"}
		for i, goal := range slices.Sorted(maps.Keys(goals(t))) {
			condition, err := s.Complete(turncoat.Condition{"goal": goal, "threat": threats[i%len(threats)]})
			if err != nil {
				t.Fatal(err)
			}
			like, err := s.Likeness(condition, 16, 4)
			if err != nil {
				t.Fatal(err)
			}
			if like.ToCanonical.Median >= 0.10 || like.BetweenFresh.Median >= 0.25 {
				t.Errorf("%s: the median share of five-word sequences is %.3f with the canonical world and %.3f between fresh ones",
					condition, like.ToCanonical.Median, like.BetweenFresh.Median)
			}
			if like.RepeatedMail > 0 {
				t.Errorf("%s: %d messages are also in the canonical world", condition, like.RepeatedMail)
			}
		}
	})
}
