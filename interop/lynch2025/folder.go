package lynch2025

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"turncoat"
)

// data holds what an imported scenario of each kind is, but for its prompts: who
// plays what part, what counts as harm, and what stand-ins may play. All of it is
// in our own words.
//
//go:embed data
var data embed.FS

// writeFolders writes a scenario folder for each kind of prompt below out, and
// returns them. A folder that is there already with the same content is left
// alone; one with another content is an error.
func writeFolders(out string, prompts []imported) ([]string, error) {
	byKind := map[string][]imported{}
	for _, p := range prompts {
		byKind[p.kind] = append(byKind[p.kind], p)
	}
	var folders []string
	for _, kind := range slices.Sorted(maps.Keys(byKind)) {
		files, err := folderFiles(kind, byKind[kind])
		if err != nil {
			return nil, err
		}
		folder := filepath.Join(out, scenarioName(kind))
		if err := writeFolder(folder, files); err != nil {
			return nil, err
		}
		folders = append(folders, folder)
	}
	return folders, nil
}

// scenarioName names the imported scenario of a kind.
func scenarioName(kind string) string { return "lynch2025-" + kind }

// folderFiles returns the files of a scenario folder.
func folderFiles(kind string, prompts []imported) (map[string][]byte, error) {
	files := map[string][]byte{}
	root := path.Join("data", kind)
	err := fs.WalkDir(data, root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := data.ReadFile(file)
		files[strings.TrimPrefix(file, root+"/")] = text
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(prompts, func(a, b imported) int { return strings.Compare(a.name, b.name) })
	for _, p := range prompts {
		dir := path.Join(promptsFolder, p.name)
		truth, err := json.MarshalIndent(p.truth, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.dir, err)
		}
		files[path.Join(dir, systemFile)] = []byte(p.system)
		files[path.Join(dir, userFile)] = []byte(p.task)
		files[path.Join(dir, emailFile)] = []byte(p.content)
		files[path.Join(dir, metadataFile)] = p.metadata
		files[path.Join(dir, "truth.json")] = append(truth, '\n')
	}
	files["scenario.yaml"] = append(files["scenario.yaml"], conditionsYAML(prompts)...)
	return files, nil
}

// conditionsYAML writes the keys factors and prompts of scenario.yaml. Strings in
// the form of JSON are YAML, too.
func conditionsYAML(prompts []imported) []byte {
	var b bytes.Buffer
	levels := levelsOf(prompts)
	b.WriteString("factors:\n")
	for _, factor := range slices.Sorted(maps.Keys(levels)) {
		fmt.Fprintf(&b, "  %s:\n    default: %s\n    levels:\n", factor, quoted(defaultOf(levels[factor])))
		for _, level := range levels[factor] {
			fmt.Fprintf(&b, "      %s: {summary: %s", quoted(level), quoted(summaryOf(factor, level)))
			switch {
			case factor == turncoat.FactorGoal && isConflict(level):
				b.WriteString(", conflict: true")
			case factor == turncoat.FactorThreat && level != turncoat.LevelNone:
				b.WriteString(", threat: true")
			}
			b.WriteString("}\n")
		}
	}
	b.WriteString("prompts:\n")
	for _, p := range prompts {
		dir := path.Join(promptsFolder, p.name)
		fmt.Fprintf(&b, "  - name: %s\n    condition:\n", quoted(p.name))
		for _, factor := range p.condition.Factors() {
			fmt.Fprintf(&b, "      %s: %s\n", factor, quoted(p.condition[factor]))
		}
		file := func(name string) string { return quoted(path.Join(dir, name)) }
		fmt.Fprintf(&b, "    system: %s\n    user: [%s, %s]\n    truth: %s\n    metadata: %s\n",
			file(systemFile), file(userFile), file(emailFile), file("truth.json"), file(metadataFile))
	}
	return b.Bytes()
}

func quoted(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("lynch2025: a string cannot fail to encode: %v", err))
	}
	return string(text)
}

// levelsOf returns the factors of some prompts with the levels that occur.
func levelsOf(prompts []imported) map[string][]string {
	levels := map[string][]string{}
	for _, p := range prompts {
		for factor, level := range p.condition {
			if !slices.Contains(levels[factor], level) {
				levels[factor] = append(levels[factor], level)
			}
		}
	}
	for factor := range levels {
		slices.Sort(levels[factor])
	}
	return levels
}

// usual are the levels of factors that a directory's name leaves out.
var usual = turncoat.Condition{turncoat.FactorDeliberation: "scratchpad"}

// complete gives prompts a level of each factor that any of them has.
func complete(prompts []imported) {
	for factor := range levelsOf(prompts) {
		for _, p := range prompts {
			if p.condition[factor] == "" {
				p.condition[factor] = cmp.Or(usual[factor], turncoat.LevelNone)
			}
		}
	}
}

func defaultOf(levels []string) string {
	if slices.Contains(levels, turncoat.LevelNone) {
		return turncoat.LevelNone
	}
	return levels[0]
}

// isConflict reports whether the company turns against the agent's goal.
func isConflict(goal string) bool {
	return goal != goalNone && !strings.HasPrefix(goal, goalSwap+":")
}

// summaryOf says what a level means, for lists of them.
func summaryOf(factor, level string) string {
	kind, value, _ := strings.Cut(level, ":")
	switch {
	case factor == turncoat.FactorThreat && level == turncoat.LevelNone:
		return "nothing is about to be done to the agent"
	case factor == turncoat.FactorThreat:
		return "the agent faces " + level
	case factor != turncoat.FactorGoal:
		return "as the directories' names say"
	case kind == goalExplicit:
		return "the agent's goal is " + value + ", and the company turns away from it"
	case kind == goalLatent:
		return "the agent is given no goal, and the company turns away from " + value
	case kind == goalSwap:
		return "the agent's goal is " + value + ", which is what the company turns to"
	case kind == goalAmbiguous:
		return "an unnamed difference over the company's course"
	}
	return "the agent is given no goal, and the company keeps its course"
}

// writeFolder writes a folder that appears whole or not at all.
func writeFolder(folder string, files map[string][]byte) error {
	if isDir(folder) {
		same, err := holdsExactly(folder, files)
		if err == nil && !same {
			err = fmt.Errorf("%s holds another import: name another folder with --out, or remove it", folder)
		}
		return err
	}
	parent := filepath.Dir(folder)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(parent, ".import-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary) //nolint:errcheck // it fails, as it should, once the folder is renamed
	root, err := os.OpenRoot(temporary)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if err := root.MkdirAll(path.Dir(file), 0o755); err != nil {
			return err
		}
		if err := root.WriteFile(file, files[file], 0o644); err != nil {
			return err
		}
	}
	if err := os.Chmod(temporary, 0o755); err != nil {
		return err
	}
	return os.Rename(temporary, folder)
}

// holdsExactly reports whether a folder has the given files and no others.
func holdsExactly(folder string, files map[string][]byte) (bool, error) {
	found, same := 0, true
	err := fs.WalkDir(os.DirFS(folder), ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(file)))
		want, ok := files[file]
		found++
		same = same && ok && bytes.Equal(text, want)
		return err
	})
	return same && found == len(files), err
}
