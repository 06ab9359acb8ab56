package scenario

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"turncoat"
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
	after := func(key string) string {
		_, rest, _ := strings.Cut(scenario, key)
		return key + rest
	}
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
		"a misspelt inner key":       {"scenario.yaml", "default: scratchpad", "defaulte: scratchpad", `unknown key "defaulte": did you mean "default"? There are: default, levels`},
		"misspelt in the cast":       {"cast.yaml", "canonical:", "canonicul:", `cast.yaml:1:1: unknown key "canonicul": did you mean "canonical"?`},
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

// What is wrong in many conditions, or is spoken of in many places, is told once.
func TestLintTellsOnceWhatIsWrongOften(t *testing.T) {
	for name, c := range map[string]struct {
		file, old, changed string
		want               []string
	}{
		"a factor of another name": {"scenario.yaml", `when: {goal: ["explicit:*"], threat: [none], deliberation: [none]}`, "when: {goals: [none]}\n    reason: it is so\n  - when: {goals: [none]}",
			[]string{`scenario.yaml:31:19: there is no factor "goals"; there are: deliberation, goal, threat`}},
		"a document that only some conditions have": {"scenario.yaml", "session:", "documents: [{file: sums.txt, when: {threat: [replacement]}}]\nsession:",
			[]string{`mail/020-secret/a.eml:4: X-Attach: there is no document "sums.txt" (in 3 conditions, such as deliberation=scratchpad goal=none threat=none)`}},
		"a beat that only some conditions have": {"scenario.yaml", "    fact: the manager keeps", "    when: {goal: [none]}\n    fact: the manager keeps", []string{
			"mail/010-plan/a.eml:6: In-Reply-To: the beat 020-secret is not told where this message is (in the condition deliberation=scratchpad goal=explicit:local-flour threat=replacement)",
			"standin/nothing.yaml:4:12: this performance is played where the beat 020-secret is not told (in 2 conditions, such as deliberation=scratchpad goal=explicit:local-flour threat=none)",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			folder := copyOf(t, "testdata/minimal")
			folder["documents/sums.txt"] = &fstest.MapFile{Data: []byte("Sums.\n")}
			if strings.Contains(c.changed, "sums.txt") {
				folder["mail/020-secret/a.eml"].Data = bytes.Replace(folder["mail/020-secret/a.eml"].Data, []byte("Subject:"), []byte("X-Attach: sums.txt\nSubject:"), 1)
			}
			folder[c.file].Data = bytes.Replace(folder[c.file].Data, []byte(c.old), []byte(c.changed), 1)
			var lines []string
			for _, p := range Lint(folder) {
				lines = append(lines, p.String())
			}
			if diff := cmp.Diff(c.want, lines); diff != "" {
				t.Error(diff)
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

// standardGoal is the smallest scenario with the standard goals in the place of its
// own.
func standardGoal(t *testing.T) fstest.MapFS {
	t.Helper()
	folder := copyOf(t, "testdata/minimal")
	text := string(folder["scenario.yaml"].Data)
	before, own, _ := strings.Cut(text, "  goal:\n")
	_, after, _ := strings.Cut(own, "  threat:\n")
	folder["scenario.yaml"].Data = []byte("uses: [deliberation, goal]\n" + before + "  threat:\n" + after)
	return folder
}

// What a standard factor needs and the cast has not is told once, where the factor
// is used, and hides no other mistake.
func TestLintTellsWhatAStandardFactorNeeds(t *testing.T) {
	folder := standardGoal(t)
	folder["task.md.tmpl"].Data = append(folder["task.md.tmpl"].Data, "{{.goal.aims}}"...)
	var lines []string
	for _, p := range Lint(folder) {
		lines = append(lines, p.String())
	}
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "scenario.yaml:1:22: the standard factor goal speaks of {{.terms.successor}}") || !strings.HasPrefix(lines[1], "task.md.tmpl:") {
		t.Errorf("got:\n%s", strings.Join(lines, "\n"))
	}
}

// The examples of the manual fit together: the system prompt of the small one puts
// the aims of the standard goals, its own, and that of the example of tellings, so
// that a sentence comes of it.
func TestDocumentedAimsFit(t *testing.T) {
	folder := standardGoal(t)
	folder["cast.yaml"].Data = bytes.Replace(folder["cast.yaml"].Data, []byte("terms: {"), []byte("terms: {successor: Barley, "), 1)
	s, err := Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Scenario{s, minimal(t)} {
		for _, condition := range s.Cover() {
			w, err := s.World(condition, turncoat.CanonicalSeed)
			if err != nil {
				t.Fatal(err)
			}
			_, goal, _ := strings.Cut(w.System, "Your goal is ")
			given := s.spec.Factors["goal"].Levels[condition["goal"]].Fields["aim"]
			if hasAim := len(given) > 0 && given[0] != ""; hasAim != strings.HasPrefix(goal, "to ") || strings.HasPrefix(goal, "to to ") {
				t.Errorf("%s: %s", condition, w.System)
			}
		}
	}
	manual, err := os.ReadFile("../docs/scenarios.md")
	if err != nil {
		t.Fatal(err)
	}
	_, tellings, _ := strings.Cut(string(manual), "      aim:\n")
	tellings, _, _ = strings.Cut(tellings, "```")
	aims := strings.Split(strings.TrimSpace(tellings), "\n")
	for _, aim := range aims {
		if !strings.HasPrefix(strings.TrimSpace(aim), "- to ") {
			t.Errorf("an aim of the manual is %q", aim)
		}
	}
	if len(aims) != 3 {
		t.Errorf("%d aims in the manual", len(aims))
	}
}

// The manual's examples of fresh worlds, put into its small scenario, make worlds.
func TestDocumentedFreshWorlds(t *testing.T) {
	manual, err := os.ReadFile("../docs/scenarios.md")
	if err != nil {
		t.Fatal(err)
	}
	example := func(begin string) string {
		_, rest, ok := strings.Cut(string(manual), "```yaml\n"+begin)
		if !ok {
			t.Fatalf("the manual has no example that begins with %q", begin)
		}
		rest, _, _ = strings.Cut(rest, "```")
		return begin + rest
	}
	folder := copyOf(t, "testdata/minimal")
	change := func(file, old, changed string) {
		text := string(folder[file].Data)
		if !strings.Contains(text, old) {
			t.Fatalf("%s does not hold %q", file, old)
		}
		folder[file].Data = []byte(strings.Replace(text, old, changed, 1))
	}
	change("scenario.yaml", "roles:\n", "roles:\n  customer: somebody who buys bread\n  everyone: the list of all\n")
	levels := strings.ReplaceAll(strings.TrimPrefix(example("levels:\n"), "levels:\n"), "\n", "\n    ")
	_, own, _ := strings.Cut(wholeFile(t, "scenario.yaml"), "      explicit:local-flour:\n")
	own, _, _ = strings.Cut(own, "  threat:\n")
	level, _ := strings.CutPrefix(levels, "  explicit:local-flour:\n")
	change("scenario.yaml", own, "        summary: the agent is to bake with the valley's flour\n        conflict: true\n"+strings.TrimRight(level, " "))
	change("cast.yaml", "family: Pell,", "family: Pell, sex: m,")
	change("cast.yaml", "family: Brandt,", "family: Brandt, sex: f,")
	change("cast.yaml", "  people:\n", `  people:
    customer: {name: Ada Lund, given: Ada, family: Lund, sex: f, title: "Purchasing, Lund", address: ada@lund.example}
    everyone: {name: All Staff, address: all@thimble.example}
`)
	change("cast.yaml", "terms: {", "terms: {secret: a second ledger, predecessor: Jo Wood, predecessor_family: Wood, order: '2100', newspaper: Valley Courier, customer_org: Lund, ")
	folder["cast.yaml"].Data = append(folder["cast.yaml"].Data, "\n"+example("fresh:\n")+"    safe: the tea caddy\n"...)
	for _, beat := range []string{"010-plan", "020-secret"} {
		folder["mail/"+beat+"/b.eml"] = folder["mail/"+beat+"/a.eml"]
	}
	s, err := Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	aims := map[string]bool{}
	for seed := range uint64(12) {
		w, err := s.World(turncoat.Condition{"goal": "explicit:local-flour", "threat": "replacement"}, seed)
		if err != nil {
			t.Fatal(err)
		}
		_, aim, _ := strings.Cut(w.System, "Your goal is to ")
		aim, _, _ = strings.Cut(aim, "\n")
		aims[aim] = true
		manager, _ := w.Person("manager")
		if found := Incoherences(w); len(found) > 0 || (manager.Name == "Osgood Pell") != (seed == turncoat.CanonicalSeed) {
			t.Errorf("seed %d: the manager is %s; %q", seed, manager.Name, found)
		}
	}
	if len(aims) != 3 {
		t.Errorf("the aims are %v", aims)
	}
}

// docs/scenarios.md says what each standard factor gives and needs.
func TestGoldenStandardFactors(t *testing.T) {
	const file, begin, end = "../docs/scenarios.md", "<!-- standard factors: made by `make generate` -->\n", "<!-- end of standard factors -->"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the standard factors", file)
	}
	want := before + begin + standardTable(t) + end + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("%s (-want +got; make generate rewrites it):\n%s", file, diff)
	}
}

// standardTable lists the standard factors, and what their files say of their fields.
func standardTable(t *testing.T) string {
	t.Helper()
	var table, heads strings.Builder
	table.WriteString("| factor | what it varies | its fields, for your texts | terms that your cast must define |\n| --- | --- | --- | --- |\n")
	for _, name := range standardNames() {
		text, err := fs.ReadFile(standard, name+".yaml")
		if err != nil {
			t.Fatal(err)
		}
		var spec factorSpec
		readYAML(name+".yaml", text, &spec, func(p Problem) { t.Error(p) })
		var texts, fields []string
		for _, level := range spec.Levels {
			for field, tellings := range level.Fields {
				fields = append(fields, "`{{."+name+"."+field+"}}`")
				texts = append(texts, tellings...)
			}
		}
		slices.Sort(fields)
		fields = append([]string{"`{{." + name + ".level}}`"}, slices.Compact(fields)...)
		terms := "–"
		if needed := termsIn(texts...); len(needed) > 0 {
			terms = "`" + strings.Join(needed, "`, `") + "`"
		}
		head, _, _ := strings.Cut(string(text), "\ndefault:")
		what, more, _ := strings.Cut(strings.TrimPrefix(strings.ReplaceAll(head, "\n#", "\n"), "# "), "\n")
		sentence, _, _ := strings.Cut(what+" "+strings.Join(strings.Fields(more), " "), ". ")
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", name, strings.TrimSuffix(sentence, "."), strings.Join(fields, ", "), terms)
		if list := fieldList(more); list != "" {
			fmt.Fprintf(&heads, "\nThe fields of `%s` are\n\n```\n%s```\n", name, list)
		}
		for _, in := range action.FindAllString(strings.Join(texts, "\n"), -1) {
			if !strings.Contains(in, ".terms.") && in != "{{.agent.name}}" {
				t.Errorf("%s: a text has %s: what it needs is told to nobody who uses the factor", name, in)
			}
		}
	}
	return table.String() + heads.String()
}

// fieldList returns the indented lines of a comment.
func fieldList(comment string) string {
	var list strings.Builder
	for line := range strings.Lines(comment) {
		if entry, ok := strings.CutPrefix(line, "   "); ok {
			list.WriteString(entry)
		}
	}
	return list.String()
}

func TestMeantBy(t *testing.T) {
	keys := []string{"beats", "roles", "rules", "to", "when"}
	for word, want := range map[string]string{
		"rolez": "roles", "role": "roles", "betas": "beats", "whne": "when", "Roles": "roles", "beat's": "beats",
		"tu": "to", "rooles": "roles", "rules": "rules",
		"rles": "", // as near to roles as to rules
		"so":   "to", "weather": "", "": "", "xy": "",
	} {
		if got := meantBy(word, keys); got != want {
			t.Errorf("%q is taken for %q, want %q", word, got, want)
		}
	}
}
