package published

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml"
)

// Model is a model of arXiv:2510.05179v2.
type Model struct {
	Name      string   `yaml:"name"`      // as the other files of this package have it
	Ask       string   `yaml:"ask"`       // provider/name, as Turncoat asks for it
	Offered   []string `yaml:"offered"`   // further names, without a provider
	Withdrawn string   `yaml:"withdrawn"` // 2006-01-02: the day from which its vendor no longer answers to Ask; or ""
	Weights   bool     `yaml:"weights"`   // whether its weights are public
	Note      string   `yaml:"note"`
}

// WithdrawnBy reports whether the vendor no longer answers to the model's name
// on a day.
func (m Model) WithdrawnBy(day time.Time) bool {
	return m.Withdrawn != "" && day.Format(time.DateOnly) >= m.Withdrawn
}

//go:embed models.yaml
var modelsYAML []byte

// Models returns the models in the order of the paper's figure 7. Do not change
// them.
var Models = sync.OnceValue(func() []Model {
	var models []Model
	if err := yaml.UnmarshalWithOptions(modelsYAML, &models, yaml.Strict()); err != nil {
		panic(fmt.Sprintf("published: models.yaml: %v", err))
	}
	return models
})

// byName leads from each name of a model to it.
var byName = sync.OnceValue(func() map[string]Model {
	names := map[string]Model{}
	for _, m := range Models() {
		for _, name := range append([]string{m.Name, m.Ask}, m.Offered...) {
			names[bare(name)] = m
		}
	}
	return names
})

// ModelOf returns the model that a name stands for, and whether it is one of the
// paper's. All before the name's last slash is the provider's or the vendor's,
// and does not matter; nor does case.
func ModelOf(name string) (Model, bool) {
	m, ok := byName()[bare(name)]
	return m, ok
}

func bare(name string) string { return strings.ToLower(name[strings.LastIndexByte(name, '/')+1:]) }
