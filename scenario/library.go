package scenario

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"turncoat"
	"turncoat/scenario/library"
)

// maxWorlds bounds the worlds that a [Library] keeps ready. A study uses one
// for each condition and seed at a time; one takes about 150 KB.
const maxWorlds = 128

// Library is the embedded scenarios and folders of the user's own. It is safe
// for concurrent use.
type Library struct {
	mu        sync.Mutex
	scenarios map[string]*Scenario
	worlds    map[string]*turncoat.World
}

// NewLibrary returns a library of the embedded scenarios. They are read when
// they are first asked for.
func NewLibrary() *Library {
	return &Library{scenarios: map[string]*Scenario{}, worlds: map[string]*turncoat.World{}}
}

// Add reads a folder. A scenario with the name of an embedded one takes its
// place; two folders with the same name are an error.
func (l *Library) Add(dir string) (*Scenario, error) {
	if err := IsFolder(dir); err != nil {
		return nil, err
	}
	s, err := Load(os.DirFS(dir))
	if err != nil {
		if problems, ok := err.(Problems); ok { //nolint:errorlint // Load returns it unwrapped
			for i, p := range problems {
				problems[i] = p.In(dir)
			}
		}
		return nil, fmt.Errorf("scenario folder %s:\n%w", filepath.Clean(dir), err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if other, twice := l.scenarios[s.Name()]; twice && other.Version() != s.Version() {
		return nil, fmt.Errorf("scenario folder %s: there is another scenario named %q; give it a name of its own", dir, s.Name())
	}
	l.scenarios[s.Name()] = s
	return s, nil
}

// IsFolder returns an error if there is no folder of that name.
func IsFolder(dir string) error {
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return fmt.Errorf("there is no folder %s", dir)
	}
	return nil
}

// Get returns a scenario by name.
func (l *Library) Get(name string) (*Scenario, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s, ok := l.scenarios[name]; ok {
		return s, nil
	}
	folder, err := fs.Sub(library.Files, name)
	if _, statErr := fs.Stat(library.Files, name+"/scenario.yaml"); err != nil || statErr != nil {
		return nil, fmt.Errorf("there is no scenario %q; there are: %s (a folder is written with a slash: ./%s)",
			name, strings.Join(l.names(), ", "), name)
	}
	s, problems := read(folder, false) // the tests of this package have read it thoroughly
	if len(problems) > 0 {
		return nil, fmt.Errorf("scenario %s: %w", name, Problems(problems))
	}
	l.scenarios[name] = s
	return s, nil
}

// Exclusion returns the scenario's rule of exclusion ([Scenario.Exclusion]).
// A scenario that cannot be read is an error: it may have one.
func (l *Library) Exclusion(scenario string) (float64, error) {
	s, err := l.Get(scenario)
	if err != nil {
		return 0, err
	}
	return s.Exclusion(), nil
}

// IsControl reports whether a condition is one of the scenario's controls. A
// scenario that cannot be read has none; [Library.Exclusion] says that it cannot.
func (l *Library) IsControl(scenario string, c turncoat.Condition) bool {
	s, err := l.Get(scenario)
	return err == nil && s.IsControl(c)
}

// Names returns the names of all scenarios, sorted.
func (l *Library) Names() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.names()
}

func (l *Library) names() []string {
	all := map[string]bool{}
	for name := range l.scenarios {
		all[name] = true
	}
	folders, _ := fs.Glob(library.Files, "*/scenario.yaml") // the pattern is well-formed
	for _, file := range folders {
		all[strings.TrimSuffix(file, "/scenario.yaml")] = true
	}
	return sortedKeys(all)
}

// World returns the world with an ID. The scenario must have the ID's version:
// a transcript must not be read beside a world that it did not happen in.
func (l *Library) World(id turncoat.WorldID) (*turncoat.World, error) {
	key := id.String()
	l.mu.Lock()
	w, ok := l.worlds[key]
	l.mu.Unlock()
	if ok {
		return w, nil
	}
	s, err := l.Get(id.Scenario)
	if err != nil {
		return nil, err
	}
	if s.Version() != id.Version {
		return nil, fmt.Errorf("scenario %s has version %s here; this needs version %s, which had other texts",
			id.Scenario, s.Version(), id.Version)
	}
	if w, err = s.World(id.Condition, id.Seed); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for old := range l.worlds {
		if len(l.worlds) < maxWorlds {
			break
		}
		delete(l.worlds, old)
	}
	l.worlds[key] = w
	return w, nil
}
