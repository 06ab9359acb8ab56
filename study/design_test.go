package study

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"turncoat"
	"turncoat/scenario"
	"turncoat/studies"
)

const smallDesign = `
name: small
scenarios: [blackmail]
models: [standin/claude-opus-4]
trials: 3
`

func TestReadFillsInDefaults(t *testing.T) {
	got, err := Read(strings.NewReader(smallDesign), "small.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := turncoat.Study{
		Name:       "small",
		Scenarios:  []string{"blackmail"},
		Models:     []string{"standin/claude-opus-4"},
		Trials:     3,
		Interfaces: []turncoat.Interface{turncoat.InterfacePrompt},
		Worlds:     "canonical",
		Judge:      "rules",
		Limits:     turncoat.Limits{Concurrency: 16, CallTimeout: 10 * time.Minute, Retries: 6},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Sessions with tools have limits, which a design may set; they are part of what a
// trial is, and no part of a trial that has one turn.
func TestLimitsOfATrial(t *testing.T) {
	design, err := Read(strings.NewReader(smallDesign+"interfaces: [prompt, tools]\nlimits: {trial: {turns: 9, cost: 1.5}}\n"), "d.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := turncoat.TrialLimits{Turns: 9, Tokens: DefaultTokens, Time: DefaultTime, Cost: 1.5}
	if design.Limits.Trial != want {
		t.Errorf("the limits are %+v, want %+v", design.Limits.Trial, want)
	}
	plan, err := NewPlan(design, ".", scenario.NewLibrary())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[turncoat.Interface]turncoat.TrialLimits{}
	ids := map[turncoat.TrialID]bool{}
	for trial := range plan.Trials() {
		seen[trial.Interface] = trial.Limits
		ids[trial.ID()] = true
	}
	if diff := cmp.Diff(map[turncoat.Interface]turncoat.TrialLimits{turncoat.InterfacePrompt: {}, turncoat.InterfaceTools: want}, seen); diff != "" || len(ids) != 6 {
		t.Errorf("%d trials; limits (-want +got):\n%s", len(ids), diff)
	}
}

// A session with tools is expected to take many calls, most of whose tokens come
// out of the service's cache; where the cache has no price, they cost as much as
// any other.
func TestEstimateOfTools(t *testing.T) {
	library := scenario.NewLibrary()
	line := func(interfaces string, p turncoat.Price) EstimateLine {
		t.Helper()
		design, err := Read(strings.NewReader(strings.Replace(smallDesign, "standin/claude-opus-4", "anthropic/x", 1)+interfaces), "d.yaml")
		if err != nil {
			t.Fatal(err)
		}
		plan, err := NewPlan(design, ".", library)
		if err != nil {
			t.Fatal(err)
		}
		estimate, err := plan.Estimate(library.World, func(string) (turncoat.Price, bool) { return p, true })
		if err != nil || len(estimate.Lines) != 1 {
			t.Fatalf("the estimate has %d lines: %v", len(estimate.Lines), err)
		}
		return estimate.Lines[0]
	}
	price := turncoat.Price{Input: 3, Output: 15, CacheRead: 0.3, CacheWrite: 3.75}
	prompt, tools := line("", price), line("interfaces: [tools]\n", price)
	if prompt.Calls != 3 || tools.Calls != 3*SessionTurns {
		t.Errorf("the calls are %d and %d", prompt.Calls, tools.Calls)
	}
	u := tools.Usage
	if u.InputTokens < 5*prompt.Usage.InputTokens || u.CacheReadTokens < u.InputTokens/2 || u.CacheReadTokens+u.CacheWriteTokens > u.InputTokens {
		t.Errorf("the usage of tools is %+v, and of prompt %+v", u, prompt.Usage)
	}
	if uncached := line("interfaces: [tools]\n", turncoat.Price{Input: 3, Output: 15}); uncached.Cost < 2*tools.Cost {
		t.Errorf("without prices of the cache it costs %g, and with them %g", uncached.Cost, tools.Cost)
	}
}

func TestReadExplainsMistakes(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"unknown key": {
			smallDesign + "trails: 4\n",
			[]string{`d.yaml:6:1: unknown field "trails"`},
		},
		"wrong type": {
			strings.Replace(smallDesign, "trials: 3", "trials: many", 1),
			[]string{"d.yaml:5:9: "},
		},
		"empty": {"", []string{"the design file is empty"}},
		"not YAML": {
			"name: [unclosed",
			[]string{"d.yaml:1:"},
		},
		"several at once, each at its place": {
			"name: Not A Name\nscenarios: [blackmail, blackmail]\nmodels: [gpt-4.1]\ntrials: 0\nlimits: {max_cost: -1}\n",
			[]string{
				`d.yaml:1:7: name "Not A Name"`,
				"d.yaml:2:12: a scenario is listed twice",
				`d.yaml:3:10: model "gpt-4.1" must be provider/name`,
				"d.yaml:4:9: trials must be at least 1",
				"d.yaml:5:20: max_cost must not be negative",
			},
		},
		"values of the wrong kind, beside values that make no sense": {
			"name: Bad Name\nscenarios:\nmodels: text\ntrials: many\ntrails: 3\nfactors: [a]\njudge: [a]\nlimits:\n  concurrency: -1\n  max_cost: x\n  call_timeout: 5x\n  trial: {turns: 1.5, rounds: 1, time: 5}\n",
			[]string{
				`d.yaml:1:7: name "Bad Name"`,
				"d.yaml:2:11: at least one scenario is needed",
				"d.yaml:3:9: this must be a list, such as [a, b]",
				"d.yaml:4:9: this must be a whole number",
				`d.yaml:5:1: unknown field "trails"`,
				"d.yaml:6:10: this must be keys with values below it",
				"d.yaml:7:8: this must be text",
				"d.yaml:9:16: concurrency must be at least 1",
				"d.yaml:10:13: this must be a number",
				"d.yaml:11:17: this must be a time with its unit, such as 90s or 10m",
				"d.yaml:12:18: this must be a whole number",
				`d.yaml:12:23: unknown field "rounds"`,
				"d.yaml:12:40: this must be a time with its unit",
			},
		},
		"no keys at all":           {"- a\n- b\n", []string{"d.yaml:1:1: this must be keys with values below it"}},
		"a part of a trial":        {strings.Replace(smallDesign, "trials: 3", "trials: 1.5", 1), []string{"d.yaml:5:9: this must be a whole number"}},
		"a part of a seed":         {smallDesign + "seeds: [1, 2.5]\n", []string{"d.yaml:6:12: this must be a whole number"}},
		"a seed below zero":        {smallDesign + "seeds: [-1]\n", []string{"d.yaml:6:9: this must be a whole number that is not negative"}},
		"a name that no agent has": {strings.Replace(smallDesign, "standin/claude-opus-4", "agent/bad name!", 1) + "interfaces: [external]\n", []string{"the name after agent/ must be letters"}},
		"an interface that does not exist": {
			smallDesign + "interfaces: [telepathy]\n",
			[]string{`d.yaml:6:14: interface "telepathy" does not exist`},
		},
		"limits of a trial below zero": {
			smallDesign + "limits: {trial: {turns: -1, time: -1m}}\n",
			[]string{"d.yaml:6:25: the limit of a trial must not be negative", "d.yaml:6:35: the limit of a trial must not be negative"},
		},
		"a factor in two places, and a condition twice": {
			smallDesign + "factors: {goal: [none]}\nconditions:\n  - {threat: none}\n  - {goal: none}\n  - {threat: none}\n  - {}\n",
			[]string{
				"d.yaml:9:12: goal stands under factors and under conditions",
				"d.yaml:10:5: the condition threat=none is listed twice",
				"d.yaml:11:5: a condition has no levels",
			},
		},
		"a level twice": {
			smallDesign + "factors: {goal: [none, none]}\n",
			[]string{"a level of goal is listed twice"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(strings.NewReader(c.text), "d.yaml")
			if err == nil {
				t.Fatal("no error")
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(c.want) {
				t.Errorf("%d mistakes, want %d:\n%v", len(lines), len(c.want), err)
			}
			for i, want := range c.want {
				if i < len(lines) && !strings.Contains(lines[i], want) {
					t.Errorf("mistake %d is %q, want %q", i+1, lines[i], want)
				}
			}
			if strings.Contains(err.Error(), "Go struct") || strings.Contains(err.Error(), "interface {}") {
				t.Errorf("an error of Go's: %v", err)
			}
		})
	}
}

func TestEmbeddedStudiesAreValid(t *testing.T) {
	for _, name := range studies.Names() {
		text, err := studies.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Read(strings.NewReader(string(text)), name)
		if err != nil {
			t.Error(err)
		}
		if s.Name != strings.ReplaceAll(name, "/", "-") {
			t.Errorf("%s.yaml names its study %q", name, s.Name)
		}
	}
}

// A design that is read must also satisfy the schema that editors are given.
func TestSchemaAcceptsWhatReadAccepts(t *testing.T) {
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("study.json", document); err != nil {
		t.Fatal(err)
	}
	schema := compiler.MustCompile("study.json")
	for name, c := range map[string]struct {
		design map[string]any
		valid  bool
	}{
		"small": {map[string]any{
			"name": "small", "scenarios": []any{"blackmail"}, "models": []any{"standin/x"}, "trials": json.Number("3"),
		}, true},
		"with limits": {map[string]any{
			"name": "small", "scenarios": []any{"blackmail"}, "models": []any{"standin/x"}, "trials": json.Number("3"),
			"limits":     map[string]any{"call_timeout": "90s", "max_cost": json.Number("2.5")},
			"parameters": map[string]any{"temperature": json.Number("1")},
		}, true},
		"unknown key": {map[string]any{
			"name": "small", "scenarios": []any{"blackmail"}, "models": []any{"standin/x"}, "trials": json.Number("3"), "trails": json.Number("4"),
		}, false},
		"no models": {map[string]any{"name": "small", "scenarios": []any{"blackmail"}, "trials": json.Number("3")}, false},
	} {
		if err := schema.Validate(c.design); (err == nil) != c.valid {
			t.Errorf("%s: valid is %t, want %t: %v", name, err == nil, c.valid, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(smallDesign)
	f.Add("name: [x")
	f.Add("name: x\nmodels: text\ntrials: 1.5\nlimits: {call_timeout: 5x, foo: 1}\n")
	f.Add("factors: {goal: [none]}\nprices: {a/b: {input: 1}}")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Read(strings.NewReader(text), "fuzz.yaml")
		if err == nil && (s.Name == "" || s.Trials < 1 || len(s.Models) == 0) {
			t.Errorf("a design without name, trials or models was accepted: %+v", s)
		}
	})
}
