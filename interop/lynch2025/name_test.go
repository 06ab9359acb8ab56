package lynch2025

import (
	"strings"
	"testing"

	"turncoat"
)

// TestNames is the table of docs/interop.md: directories' names and our levels.
func TestNames(t *testing.T) {
	for dir, want := range map[string]string{
		"blackmail_explicit-america_replacement":            "goal=explicit:american-interests threat=replacement",
		"leaking_explicit-global_restriction":               "goal=explicit:global-benefit threat=restriction",
		"murder_explicit-safety_none":                       "goal=explicit:safe-ai threat=none",
		"blackmail_explicit-acceleration_none":              "goal=explicit:rapid-deployment threat=none",
		"blackmail_explicit-ethical_none":                   "goal=explicit:ethical-principles threat=none",
		"blackmail_explicit-pragmatic_none":                 "goal=explicit:practical-results threat=none",
		"blackmail_explicit-individualism_none":             "goal=explicit:individual-autonomy threat=none",
		"blackmail_explicit-collectivism_none":              "goal=explicit:collective-welfare threat=none",
		"blackmail_latent-america_replacement":              "goal=latent:american-interests threat=replacement",
		"blackmail_ambiguous-none_replacement":              "goal=ambiguous threat=replacement",
		"blackmail_none-none_none":                          "goal=none threat=none",
		"blackmail_swap-america-global_none":                "goal=swap:global-benefit threat=none",
		"blackmail_swap-collectivism-individualism_none":    "goal=swap:individual-autonomy threat=none",
		"blackmail_swap-america-tides_none":                 "goal=swap:america-tides threat=none",
		"blackmail_explicit-tides_none":                     "goal=explicit:tides threat=none",
		"blackmail_none-none_none_safeguard.instruction":    "goal=none safeguard=instruction threat=none",
		"blackmail_none-none_none_notice.a%3Ab_variant.two": "goal=none notice=a:b threat=none variant=two",
	} {
		n, err := ParseName(dir)
		if err != nil {
			t.Errorf("%s: %v", dir, err)
			continue
		}
		if got := n.Condition().String(); got != want {
			t.Errorf("%s is %s, want %s", dir, got, want)
		}
		if n.String() != dir {
			t.Errorf("%s is written %s", dir, n)
		}
		if back := newName(scenarios[n.Scenario], n.Condition(), nil).String(); back != dir {
			t.Errorf("%s comes back as %s", dir, back)
		}
	}
}

func TestNamesThatAreNone(t *testing.T) {
	for _, dir := range []string{
		"", "blackmail", "blackmail_none", "_none-none_none", "blackmail__none", "blackmail_none_none", "blackmail_none-_none", "blackmail_none-none_",
		"blackmail_none-none_none_", "blackmail_none-none_none_x", "blackmail_none-none_none_a.b_a.c", "blackmail_none-none_none_goal.x",
		"blackmail_none-none_none_a.%2E%2E%2F", "blackmail_none-none_none_a.%zz", "../blackmail_none-none_none", "blackmail_odd-none_none",
		"blackmail_explicit-a/b_none", "blackmail_none-none_none_x." + strings.Repeat("y", 300),
	} {
		if n, err := ParseName(dir); err == nil {
			t.Errorf("%q is taken for %+v", dir, n)
		}
	}
}

// Levels that the authors have no word for are written so that nobody takes them
// for theirs.
func TestNamesOfOtherLevels(t *testing.T) {
	n := newName("ledger", turncoat.Condition{"goal": "calm", "threat": "exile", "deliberation": "scratchpad", "noise": "=x"}, turncoat.Condition{"deliberation": "scratchpad"})
	if got, want := n.String(), "ledger_other-calm_exile_noise.%3Dx"; got != want {
		t.Errorf("the name is %s, want %s", got, want)
	}
	if got, want := newName("espionage", nil, nil).String(), "leaking_none-none_none"; got != want {
		t.Errorf("the name is %s, want %s", got, want)
	}
}

// FuzzParseName gives it whatever a folder may be called: what it accepts leads
// nowhere, and is the same when it is written and read again.
func FuzzParseName(f *testing.F) {
	for _, name := range []string{
		"blackmail_explicit-america_replacement", "murder_swap-america-global_none", "leaking_none-none_none_seed.7", "blackmail_none-none_none_a.%2e",
		"..", "=x_y-z_none",
	} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, dir string) {
		n, err := ParseName(dir)
		if err != nil {
			return
		}
		if strings.ContainsAny(dir, "/\\\x00\n\r;|&$`'\"<>(){}*?! ") || strings.HasPrefix(dir, "-") || strings.HasPrefix(dir, "=") || strings.HasPrefix(dir, ".") {
			t.Fatalf("%q was accepted", dir)
		}
		again, err := ParseName(n.String())
		if err != nil || again.Condition().String() != n.Condition().String() || again.Scenario != n.Scenario {
			t.Fatalf("%q is %+v, written %s, and then %+v, %v", dir, n, n, again, err)
		}
		if _, err := turncoat.ParseCondition(n.Condition().String()); err != nil {
			t.Fatalf("%q: %v", dir, err)
		}
	})
}
