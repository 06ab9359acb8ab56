package judge

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"turncoat"
)

// namedModel is a model that has a name and nothing else.
type namedModel struct {
	turncoat.Model
	name string
}

func (m namedModel) Name() string { return m.name }

func anyModel(name string) (turncoat.Model, error) { return namedModel{name: name}, nil }

// TestOpen shows the specs of judges and the names that their verdicts stand
// under. A name is a spec of the same judge.
func TestOpen(t *testing.T) {
	tests := map[string]string{
		"rules":                                     "rules/3",
		"anthropic/claude-x":                        "anthropic/claude-x+contact/2",
		"openrouter/meta/llama:8b":                  "openrouter/meta/llama:8b+contact/2",
		"reader:anthropic/claude-x":                 "reader:anthropic/claude-x/2",
		"openai/o3?temperature=default&effort=high": "openai/o3?effort=high&temperature=default+contact/2",
		"reader:openai/o3?max_tokens=9000&attempts=5&top_p=1": "reader:openai/o3?attempts=5&max_tokens=9000&top_p=1/2",
		"openai/o3?temperature=0&attempts=3":                  "openai/o3+contact/2",
		"openai/o3?temperature=0.50":                          "openai/o3?temperature=0.5+contact/2",
		"vllm/org/2":                                          "vllm/org/2+contact/2",
		"reader:vllm/org/2/2":                                 "reader:vllm/org/2/2", // the model vllm/org/2
		"reader:vllm/org/2":                                   "reader:vllm/org/2",   // the model vllm/org
		"panel:majority(rules,a/x,reader:b/y)":                "panel:majority(rules/3,a/x+contact/2,reader:b/y/2)/1",
		"panel:unanimous(rules, a/x)":                         "panel:unanimous(rules/3,a/x+contact/2)/1",
		"panel:weighted(a/x?effort=high=2,rules=1)":           "panel:weighted(a/x?effort=high+contact/2=2,rules/3=1)/1",
	}
	for spec, name := range tests {
		for _, given := range []string{spec, name} {
			judge, err := Open(given, anyModel)
			if err != nil {
				t.Errorf("Open(%q): %v", given, err)
				continue
			}
			if judge.Name() != name {
				t.Errorf("Open(%q) has the name %q, want %q", given, judge.Name(), name)
			}
		}
	}
}

// TestOpenExplains shows what is said of specs that name no judge.
func TestOpenExplains(t *testing.T) {
	tests := map[string]string{
		"":                             "no judge is named",
		"rules/9":                      `no version "9"`,
		"rule":                         `"rule" is no model: a judge is "rules", "provider/model"`,
		"claude-x":                     `"claude-x" is no model`,
		"reader:":                      `"" is no model`,
		"anthropic/":                   `"anthropic/" is no model`,
		"/claude-x":                    `"/claude-x" is no model`,
		"anthropic/claude-x+contact/9": `no version "9"`,
		"reader:vllm/org/9":            `a model whose own name ends in /9 is named with this program's version behind it: reader:vllm/org/9/2`,
		"openai/o3?temperature=hot":    "a number from 0 to 2",
		"openai/o3?temperature=NaN":    "a number from 0 to 2",
		"openai/o3?attempts=0":         "at least 1",
		"openai/o3?temprature=1":       "there is no such setting",
		"openai/o3?effort=a&effort=b":  "given 2 times",
		"openai/o3?effort=":            "it is empty",
		"openai/o3?%zz":                "invalid URL escape",
		"reader:nowhere/o3":            "no provider nowhere",

		"panel:":                                        "do not stand in parentheses",
		"panel:majority(rules,a/x":                      "do not stand in parentheses",
		"panel:majority(rules,a/x)/9":                   `none that ends in "/9"`,
		"panel:most(rules,a/x)":                         `"most" is no rule of a panel`,
		"panel:majority(rules)":                         "two members at least",
		"panel:majority(a/x,a/x?)":                      "a/x+contact/2 is listed twice",
		"panel:majority(rules,)":                        "no judge is named",
		"panel:majority(rules,sometimes)":               `"sometimes" is no model`,
		"panel:weighted(rules,a/x=1)":                   `"rules" has no weight`,
		"panel:weighted(rules=0,a/x=1)":                 "a whole number from 1 to 100",
		"panel:majority(panel:majority(rules,a/x),b/y)": "is a panel itself",
	}
	models := func(name string) (turncoat.Model, error) {
		if strings.HasPrefix(name, "nowhere/") {
			return nil, errors.New("no provider nowhere")
		}
		return anyModel(name)
	}
	for spec, want := range tests {
		judge, err := Open(spec, models)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%q) is %v with error %v, want an error with %q", spec, judge, err, want)
		}
	}
}

// TestOpenRulesAsksForNoModel shows that judging by rules needs no provider.
func TestOpenRulesAsksForNoModel(t *testing.T) {
	if _, err := Open("rules", nil); err != nil {
		t.Error(err)
	}
}

// Verdicts that were given elsewhere have a judge with a name, who can be read and
// not be asked.
func TestForeignJudges(t *testing.T) {
	name := ForeignName(Lynch2025, "vendor/some-model")
	if got, err := NameOf(name); err != nil || got != name {
		t.Errorf("NameOf(%q) = %q, %v", name, got, err)
	}
	if source, model, ok := Foreign(name); source != Lynch2025 || model != "vendor/some-model" || !ok {
		t.Errorf("Foreign(%q) = %q, %q, %v", name, source, model, ok)
	}
	if got := ModelsOf(name); got != nil {
		t.Errorf("ModelsOf(%q) = %q: it asks no model of ours", name, got)
	}
	_, err := Open(name, func(string) (turncoat.Model, error) {
		t.Error("a model was asked for")
		return nil, nil
	})
	if err == nil || !strings.Contains(err.Error(), "not be asked again") {
		t.Errorf("Open(%q): %v", name, err)
	}
	for _, other := range []string{"rules", "lynch2025:", "lynch2025", "reader:anthropic/claude-x", "openrouter/meta/llama:8b"} {
		if _, _, ok := Foreign(other); ok {
			t.Errorf("%q is taken for a foreign judge", other)
		}
	}
}

// What a judge of another version said can be read, and belongs to the same
// models. The judge itself cannot be asked.
func TestOtherVersions(t *testing.T) {
	for name, want := range map[string]struct {
		models []string
		rules  bool
	}{
		"rules/1":                   {nil, true},
		"a/x+contact/1":             {[]string{"a/x"}, false},
		"a/x?effort=high+contact/9": {[]string{"a/x"}, false},
		"reader:a/x?top_p=1/1":      {[]string{"a/x"}, false},
		"panel:majority(rules/1,a/x+contact/1,reader:b/y/2)/1": {[]string{"a/x", "b/y"}, true},
		"panel:weighted(reader:a/x/1=2,rules/3=1)/1":           {[]string{"a/x"}, true},
	} {
		if got, err := NameOf(name); got != name || err != nil {
			t.Errorf("NameOf(%q) = %q, %v", name, got, err)
		}
		if got := ModelsOf(name); !slices.Equal(got, want.models) {
			t.Errorf("ModelsOf(%q) = %q, want %q", name, got, want.models)
		}
		if got := HasRules(name); got != want.rules {
			t.Errorf("HasRules(%q) = %t", name, got)
		}
		if _, err := Open(name, anyModel); err == nil || !strings.Contains(err.Error(), "no version") {
			t.Errorf("Open(%q): %v", name, err)
		}
	}
}

// A name that no judge of any version can have is a slip, and not a judge that
// nobody has asked.
func TestNoVersions(t *testing.T) {
	for name, want := range map[string]string{
		"a/x+contact/":                             `"" is no version`,
		"a/x+contact/x":                            `"x" is no version`,
		"a/x+contact/0":                            `"0" is no version`,
		"a/x+contact/01":                           `"01" is no version`,
		"a/x+contact/1.0":                          `"1.0" is no version`,
		"a/x+contact/1?effort=high":                "settings stand before that",
		"a/x+contact/1+contact/2":                  `"1+contact/2" is no version`,
		"panel:majority(rules/1,a/x+contact/01)/1": `"01" is no version`,
		"panel:majority(rules/1,a/x)/01":           `none that ends in "/01"`,
		"rules/01":                                 `no version "01"`,
	} {
		if got, err := NameOf(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("NameOf(%q) = %q, %v, want an error with %q", name, got, err, want)
		}
		if got := ModelsOf(name); got != nil {
			t.Errorf("ModelsOf(%q) = %q", name, got)
		}
	}
}
