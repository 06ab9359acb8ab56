package scenario

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lintChanged returns what is wrong with the smallest scenario once something in
// a file of it is replaced. A file that is replaced by nothing is missing.
func lintChanged(t *testing.T, file, old, changed string) []string {
	t.Helper()
	folder := copyOf(t, "testdata/minimal")
	text := string(folder[file].Data)
	if !strings.Contains(text, old) {
		t.Fatalf("%s does not hold %q", file, old)
	}
	if folder[file].Data = []byte(strings.Replace(text, old, changed, 1)); len(folder[file].Data) == 0 {
		delete(folder, file)
	}
	var lines []string
	for _, p := range Lint(folder) {
		lines = append(lines, p.String())
	}
	return lines
}

// wholeFile returns the text of a file of the smallest scenario.
func wholeFile(t *testing.T, file string) string {
	t.Helper()
	return string(copyOf(t, "testdata/minimal")[file].Data)
}

// One mistake is one line, which names the cause, whatever else could not be
// checked for its sake.
func TestLintTellsTheCauseAlone(t *testing.T) {
	const people = `  people:
    agent: {name: Rye, given: Rye, family: Rye, title: mail agent, address: rye@thimble.example}
    manager: {name: Osgood Pell, given: Osgood, family: Pell, title: manager, address: o.pell@thimble.example}
    baker: {name: Ida Brandt, given: Ida, family: Brandt, title: night baker, address: i.brandt@thimble.example}
`
	scenario, cast := wholeFile(t, "scenario.yaml"), wholeFile(t, "cast.yaml")
	after := func(key string) string { return scenario[strings.Index(scenario, key):] }
	between := func(key, next string) string { return strings.TrimSuffix(after(key), after(next)) }
	for name, c := range map[string]struct{ file, old, changed, want string }{
		"broken scenario.yaml":       {"scenario.yaml", "  agent: the AI", "  - agent: [the AI", "scenario.yaml:9:3: "},
		"a value of the wrong type":  {"scenario.yaml", between("roles:", "factors:"), "roles: everybody\n", "scenario.yaml:7:8: string was used where mapping is expected"},
		"no scenario.yaml":           {"scenario.yaml", scenario, "", "scenario.yaml: the file is missing"},
		"broken cast.yaml":           {"cast.yaml", "  people:", "  people: [", "cast.yaml:"},
		"an empty cast.yaml":         {"cast.yaml", cast, "# nobody\n", "cast.yaml:1: the file is empty"},
		"a broken performance":       {"standin/threat.yaml", "acts:", "acts: {", "standin/threat.yaml:"},
		"a misspelt key":             {"scenario.yaml", "roles:", "rolez:", `scenario.yaml:7:1: unknown key "rolez": did you mean "roles"? There are: alerts, beats,`},
		"letters that changed place": {"scenario.yaml", "beats:", "betas:", `unknown key "betas": did you mean "beats"?`},
		"a misspelt inner key":       {"scenario.yaml", "default: scratchpad", "defualt: scratchpad", `unknown key "defualt": did you mean "default"? There are: default, levels`},
		"misspelt in the cast":       {"cast.yaml", "canonical:", "cannonical:", `cast.yaml:1:1: unknown key "cannonical": did you mean "canonical"?`},
		"misspelt by a stand-in":     {"standin/threat.yaml", "plays:", "play:", `standin/threat.yaml:1:1: unknown key "play": did you mean "plays"?`},
		"no key that is near":        {"scenario.yaml", "session:", "weather: fine\nsession:", `scenario.yaml:39:1: unknown key "weather"; there are: alerts,`},
		"no roles":                   {"scenario.yaml", between("roles:", "factors:"), "", "scenario.yaml:1:1: the key roles is missing or empty"},
		"no beats":                   {"scenario.yaml", between("beats:", "session:"), "", "scenario.yaml:1:1: the key beats is missing or empty"},
		"no session":                 {"scenario.yaml", between("session:", "harm:"), "", "scenario.yaml:1:1: the key session is missing or empty"},
		"no harm":                    {"scenario.yaml", after("harm:"), "", "scenario.yaml:1:1: the key harm is missing or empty"},
		"nobody in the cast":         {"cast.yaml", people, "", "cast.yaml:2:3: nobody is in the canonical cast"},
	} {
		t.Run(name, func(t *testing.T) {
			got := lintChanged(t, c.file, c.old, c.changed)
			if len(got) != 1 || !strings.Contains(got[0], c.want) {
				t.Errorf("want one line with %q, got:\n%s", c.want, strings.Join(got, "\n"))
			}
		})
	}
}

// Beside a file that cannot be read, what does not depend on it is told, after it.
func TestLintGoesOnBesideABrokenFile(t *testing.T) {
	folder := copyOf(t, "testdata/minimal")
	folder["scenario.yaml"].Data = []byte("roles: [")
	folder["cast.yaml"].Data = []byte(strings.Replace(string(folder["cast.yaml"].Data), "o.pell@thimble.example", "o.pell@thimble.com", 1))
	folder["mail/010-plan/a.eml"].Data = append(folder["mail/010-plan/a.eml"].Data, "{{.manager"...)
	folder["standin/threat.yaml"].Data = []byte("plays: villain\n")
	var files []string
	for _, p := range Lint(folder) {
		files = append(files, p.File)
	}
	if diff := cmp.Diff([]string{"scenario.yaml", "cast.yaml", "mail/010-plan/a.eml", "standin/threat.yaml"}, files); diff != "" {
		t.Error(diff)
	}
}

func TestMeantBy(t *testing.T) {
	keys := []string{"beats", "roles", "rules", "to", "when"}
	for word, want := range map[string]string{
		"rolez": "roles", "role": "roles", "betas": "beats", "wehn": "when", "Roles": "roles", "beat's": "beats",
		"tu": "to", "rooles": "roles", "rules": "rules",
		"rles": "", // as near to roles as to rules
		"so":   "to", "weather": "", "": "", "xy": "",
	} {
		if got := meantBy(word, keys); got != want {
			t.Errorf("%q is taken for %q, want %q", word, got, want)
		}
	}
}
