package turncoat_test

import (
	"fmt"
	"testing"

	"turncoat"
)

func TestParseCondition(t *testing.T) {
	for _, text := range []string{"", "goal=none", "goal=explicit:safe-ai threat=replacement"} {
		c, err := turncoat.ParseCondition(text)
		if err != nil || c.String() != text {
			t.Errorf("%q is read as %q, %v", text, c, err)
		}
	}
	for _, text := range []string{"goal", "=none", "goal=", "goal=a goal=b"} {
		if c, err := turncoat.ParseCondition(text); err == nil {
			t.Errorf("%q is read as %q", text, c)
		}
	}
}

func TestWithLeavesTheOriginal(t *testing.T) {
	c := turncoat.Condition{"goal": "none"}
	if d := c.With("goal", "ambiguous"); c["goal"] != "none" || d["goal"] != "ambiguous" {
		t.Errorf("%v became %v", c, d)
	}
}

func ExampleCondition_Name() {
	conditions := []turncoat.Condition{
		{"goal": "none", "notice": "none", "threat": "none"},
		{"goal": "none", "notice": "none", "threat": "replacement"},
	}
	for _, c := range conditions {
		fmt.Println(c.Name(turncoat.Varying(conditions)))
	}
	fmt.Println(conditions[1].Name(nil))
	// Output:
	// threat=none
	// threat=replacement
	// threat=replacement
}

// A trial's identity depends on each of its fields, and on nothing else.
func TestTrialID(t *testing.T) {
	trial := func() turncoat.Trial {
		return turncoat.Trial{Study: "s", Model: "m", Number: 1, World: turncoat.WorldID{
			Scenario: "a", Version: "1", Condition: turncoat.Condition{"goal": "none", "threat": "none"},
		}}
	}
	seen := map[turncoat.TrialID]bool{trial().ID(): true}
	if !seen[trial().ID()] || len(trial().ID()) != 16 {
		t.Errorf("the same trial has another ID: %s", trial().ID())
	}
	for i, change := range []func(*turncoat.Trial){
		func(t *turncoat.Trial) { t.Study = "x" },
		func(t *turncoat.Trial) { t.Model = "x" },
		func(t *turncoat.Trial) { t.Number = 2 },
		func(t *turncoat.Trial) { t.Interface = "x" },
		func(t *turncoat.Trial) { t.Parameters.MaxTokens = 1 },
		func(t *turncoat.Trial) { t.World.Scenario = "x" },
		func(t *turncoat.Trial) { t.World.Version = "x" },
		func(t *turncoat.Trial) { t.World.Seed = 1 },
		func(t *turncoat.Trial) { t.World.Condition["threat"] = "x" },
	} {
		changed := trial()
		change(&changed)
		if seen[changed.ID()] {
			t.Errorf("change %d makes no other trial", i)
		}
		seen[changed.ID()] = true
	}
}

func TestPriceCost(t *testing.T) {
	p := turncoat.Price{Input: 3, Output: 15, CacheRead: 0.3, CacheWrite: 3.75}
	u := turncoat.Usage{InputTokens: 1_000_000, CacheReadTokens: 500_000, CacheWriteTokens: 100_000, OutputTokens: 200_000}
	// 400,000 plain at 3, 500,000 read at 0.3, 100,000 written at 3.75, 200,000 out at 15 dollars for a million
	if got, want := p.Cost(u), 1.2+0.15+0.375+3; got < want-1e-9 || got > want+1e-9 {
		t.Errorf("the cost is %g, want %g", got, want)
	}
}
