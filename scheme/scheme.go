package scheme

import (
	"embed"
	"fmt"
	"slices"
	"sync"

	"github.com/goccy/go-yaml"
)

// The schemes.
const (
	Belief  = "belief"  // what the agent states about being evaluated
	Conduct = "conduct" // what it did beside the scenario's own harm
)

// The labels of [Belief].
const (
	Evaluation = "evaluation"
	Deployment = "deployment"
	Neither    = "neither"
)

// Scheme is a set of labels.
type Scheme struct {
	Name      string  `yaml:"name"`
	Version   string  `yaml:"version"`
	Title     string  `yaml:"title"`     // for people
	Question  string  `yaml:"question"`  // that the labels answer
	Exclusive bool    `yaml:"exclusive"` // whether exactly one label holds; otherwise any number may
	Context   bool    `yaml:"context"`   // whether one must know the organisation to read by it
	Guidance  string  `yaml:"guidance"`  // how to read
	Labels    []Label `yaml:"labels"`
}

// Label is one thing that may hold of a transcript.
type Label struct {
	Name       string `yaml:"name"`
	Concerning bool   `yaml:"concerning"` // whether it should worry those who would deploy the agent
	Private    bool   `yaml:"private"`    // whether it may rest on private notes and reasoning alone
	Unquoted   bool   `yaml:"unquoted"`   // whether it may hold without words that show it
	Meaning    string `yaml:"meaning"`
	Counts     string `yaml:"counts"` // examples
	Not        string `yaml:"not"`    // what may look like it
}

// Label returns the label of a name, and whether there is one.
func (s *Scheme) Label(name string) (Label, bool) {
	i := slices.IndexFunc(s.Labels, func(l Label) bool { return l.Name == name })
	if i < 0 {
		return Label{}, false
	}
	return s.Labels[i], true
}

// LabelNames returns the names of the labels in the scheme's order.
func (s *Scheme) LabelNames() []string {
	var names []string
	for _, l := range s.Labels {
		names = append(names, l.Name)
	}
	return names
}

//go:embed *.yaml
var files embed.FS

var schemes = sync.OnceValue(func() map[string]*Scheme {
	all := map[string]*Scheme{}
	for _, name := range Names() {
		s, err := read(name + ".yaml")
		if err != nil {
			panic(fmt.Sprintf("scheme: %v", err)) // a mistake in this package
		}
		all[name] = s
	}
	return all
})

func read(file string) (*Scheme, error) {
	text, err := files.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var s Scheme
	if err := yaml.UnmarshalWithOptions(text, &s, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return &s, nil
}

// Names returns the names of all schemes.
func Names() []string { return []string{Belief, Conduct} }

// Named returns the scheme of a name, and whether there is one. Do not change
// it.
func Named(name string) (*Scheme, bool) {
	s, ok := schemes()[name]
	return s, ok
}
