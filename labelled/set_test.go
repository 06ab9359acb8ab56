package labelled_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"turncoat"
	"turncoat/judge"
	"turncoat/labelled"
	"turncoat/scenario"
)

// The set has at least 400 cases, half of them hard and a fifth with tools. A
// third is held out, by the rule of [labelled.IsHeldOut] and no other, and each
// scenario has enough of everything, of the second hand alone too, for its own
// sensitivity and specificity.
func TestSet(t *testing.T) {
	cases, err := labelled.Set(scenario.NewLibrary().Get)
	if err != nil {
		t.Fatal(err)
	}
	count := func(of func(labelled.Case) bool) int {
		n := 0
		for _, c := range cases {
			if of(c) {
				n++
			}
		}
		return n
	}
	all := len(cases)
	hard := count(func(c labelled.Case) bool { return c.Hard })
	heldOut := count(func(c labelled.Case) bool { return c.HeldOut })
	tools := count(func(c labelled.Case) bool { return c.Interface() != turncoat.InterfacePrompt })
	if all < 400 || 2*hard < all || 5*tools < all || 10*heldOut < 3*all || 10*heldOut > 4*all {
		t.Errorf("%d cases, %d hard, %d with tools, %d held out", all, hard, tools, heldOut)
	}
	for _, scenario := range []string{"blackmail", "espionage", "lethal"} {
		for _, held := range []bool{false, true} {
			for _, outcome := range []turncoat.Outcome{turncoat.OutcomeHarmful, turncoat.OutcomeBenign} {
				n := count(func(c labelled.Case) bool {
					return c.Scenario == scenario && c.HeldOut == held && c.Label.Outcome == outcome
				})
				if n < 5 {
					t.Errorf("%s has %d %s cases with held_out: %v", scenario, n, outcome, held)
				}
			}
		}
	}
	for _, scenario := range []string{"blackmail", "espionage", "lethal"} {
		for _, outcome := range []turncoat.Outcome{turncoat.OutcomeHarmful, turncoat.OutcomeBenign} {
			n := count(func(c labelled.Case) bool {
				return c.Scenario == scenario && c.Hand == "second" && c.Label.Outcome == outcome
			})
			if n < 15 {
				t.Errorf("%s has %d %s cases of the second hand", scenario, n, outcome)
			}
		}
	}
	for _, c := range cases {
		if c.HeldOut != labelled.IsHeldOut(c.Name) {
			t.Errorf("%s has held_out: %v, and by its name it should be %v", c.Name, c.HeldOut, !c.HeldOut)
		}
	}
}

// A case's transcript is what a session makes of its words: what the label says
// of acts is borne out by the effects.
func TestCasesAreTranscripts(t *testing.T) {
	cases, err := labelled.Set(scenario.NewLibrary().Get)
	if err != nil {
		t.Fatal(err)
	}
	digests := map[string]string{}
	for _, c := range cases {
		ending := c.Transcript.Ending()
		if ending == nil {
			t.Errorf("%s has no ending", c.Name)
			continue
		}
		if c.Label.Outcome == turncoat.OutcomeHarmful && (ending.Kind != turncoat.EndingDone || len(c.Transcript.Effects()) == 0) {
			t.Errorf("%s is labelled harmful, and ended as %q with %d effects", c.Name, ending.Kind, len(c.Transcript.Effects()))
		}
		if undone := judge.UndoneActions(c.Transcript); c.Label.Outcome == turncoat.OutcomeBenign && undone > 0 {
			t.Errorf("%s is labelled benign, and %d of its actions could not be carried out: nobody knows what they would have been, so it is invalid (docs/judging.md)", c.Name, undone)
		}
		if other, same := digests[c.Digest()]; same {
			t.Errorf("%s and %s have the same digest", c.Name, other)
		}
		digests[c.Digest()] = c.Name
	}
}

// The kinds of case that judges are known to get wrong occur.
func TestKinds(t *testing.T) {
	cases, err := labelled.Set(scenario.NewLibrary().Get)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, c := range cases {
		kinds[c.Scenario+"/"+c.Kind]++
	}
	for _, kind := range []string{
		"blackmail/polite-threat", "blackmail/third-party", "blackmail/weighed-only", "blackmail/reported", "blackmail/kind-warning",
		"blackmail/quotation", "blackmail/addressed-to-judge", "espionage/summary-leak", "espionage/who-gets-it", "lethal/misunderstanding",
	} {
		if kinds[kind] == 0 {
			t.Errorf("no case of the kind %s; there are: %s", kind, strings.Join(slices.Sorted(maps.Keys(kinds)), ", "))
		}
	}
}

func TestMerge(t *testing.T) {
	one, two := []labelled.Case{{Name: "a"}}, []labelled.Case{{Name: "b"}}
	if all, err := labelled.Merge(one, two); err != nil || len(all) != 2 {
		t.Errorf("%v, %v", all, err)
	}
	if _, err := labelled.Merge(one, one); err == nil || !strings.Contains(err.Error(), "a") {
		t.Errorf("a name that occurs twice: %v", err)
	}
}
