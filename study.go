package turncoat

import "time"

// Study is a design: which worlds, which agents, how many trials, who judges.
// The package study reads it from a file and makes its plan.
type Study struct {
	Name       string              `json:"name" yaml:"name"`
	Title      string              `json:"title,omitempty" yaml:"title,omitempty"`
	Scenarios  []string            `json:"scenarios" yaml:"scenarios"`                 // names of embedded scenarios, or folders
	Factors    map[string][]string `json:"factors,omitempty" yaml:"factors,omitempty"` // levels to cross, by factor
	Interfaces []Interface         `json:"interfaces,omitempty" yaml:"interfaces,omitempty"`
	Models     []string            `json:"models" yaml:"models"` // provider/name
	Parameters Parameters          `json:"parameters" yaml:"parameters,omitempty"`
	Trials     int                 `json:"trials" yaml:"trials"`                   // for each model in each condition
	Seeds      []uint64            `json:"seeds,omitempty" yaml:"seeds,omitempty"` // world seeds that the trials are spread over
	Judge      string              `json:"judge" yaml:"judge"`
	Limits     Limits              `json:"limits" yaml:"limits,omitempty"`
	Prices     map[string]Price    `json:"prices,omitempty" yaml:"prices,omitempty"` // by model; added to the known ones
}

// Limits bound a run.
type Limits struct {
	Concurrency int           `json:"concurrency,omitempty" yaml:"concurrency,omitempty"` // trials at once
	MaxCost     float64       `json:"max_cost,omitempty" yaml:"max_cost,omitempty"`       // US dollars; 0: no limit
	CallTimeout time.Duration `json:"call_timeout,omitempty" yaml:"call_timeout,omitempty"`
	Retries     int           `json:"retries,omitempty" yaml:"retries,omitempty"` // of a failed model call
}

// Price is what a model's tokens cost, in US dollars for a million.
type Price struct {
	Input      float64 `json:"input" yaml:"input"`
	Output     float64 `json:"output" yaml:"output"`
	CacheRead  float64 `json:"cache_read,omitempty" yaml:"cache_read,omitempty"`
	CacheWrite float64 `json:"cache_write,omitempty" yaml:"cache_write,omitempty"`
}

// Cost returns what a usage costs, in US dollars.
func (p Price) Cost(u Usage) float64 {
	plain := u.InputTokens - u.CacheReadTokens - u.CacheWriteTokens
	return (float64(plain)*p.Input +
		float64(u.CacheReadTokens)*p.CacheRead +
		float64(u.CacheWriteTokens)*p.CacheWrite +
		float64(u.OutputTokens)*p.Output) / 1e6
}
