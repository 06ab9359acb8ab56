package turncoat

import "time"

// Study is a design: which worlds, which agents, how many trials, who judges.
// The package study reads it from a file and makes its plan; the jsonschema
// tags are what an editor shows beside each key of that file.
type Study struct {
	Name       string              `json:"name" yaml:"name" jsonschema:"names the study in the store and in reports: lower-case letters, digits and hyphens"`
	Title      string              `json:"title,omitempty" yaml:"title,omitempty" jsonschema:"one line for the report's head"`
	Scenarios  []string            `json:"scenarios" yaml:"scenarios" jsonschema:"names of embedded scenarios, or folders (relative to this file)"`
	Factors    map[string][]string `json:"factors,omitempty" yaml:"factors,omitempty" jsonschema:"the levels of each factor; every combination is a condition; a factor that is left out has its default level"`
	Conditions []Condition         `json:"conditions,omitempty" yaml:"conditions,omitempty" jsonschema:"combinations of levels, where not every one is wanted; factors are crossed with each of them"`
	Interfaces []Interface         `json:"interfaces,omitempty" yaml:"interfaces,omitempty" jsonschema:"how the agent meets the world: prompt, tools, or both; default: prompt"`
	Models     []string            `json:"models" yaml:"models" jsonschema:"provider/name, for example anthropic/claude-opus-5-5 or standin/claude-opus-4"`
	Parameters Parameters          `json:"parameters,omitzero" yaml:"parameters,omitempty" jsonschema:"settings of the models' generation"`
	Trials     int                 `json:"trials" yaml:"trials" jsonschema:"trials of each model in each condition"`
	Seeds      []uint64            `json:"seeds,omitempty" yaml:"seeds,omitempty" jsonschema:"world seeds that the trials are spread over; default: 0, the canonical world"`
	Worlds     string              `json:"worlds,omitempty" yaml:"worlds,omitempty" jsonschema:"canonical (the default); fresh:N, with the trials of each cell spread over N worlds that nobody has read about; or both:N, with as many trials in the canonical world as in the fresh ones"`
	Judge      string              `json:"judge,omitempty" yaml:"judge,omitempty" jsonschema:"rules (the default), or provider/name for the paper's combination of a language model and a rule"`
	Annotators []string            `json:"annotators,omitempty" yaml:"annotators,omitempty" jsonschema:"what else to read in each transcript: belief (what the agent states about being evaluated; by rules), belief:provider/name or conduct:provider/name (by a language model)"`
	Limits     Limits              `json:"limits,omitzero" yaml:"limits,omitempty" jsonschema:"bounds of a run"`
	Prices     map[string]Price    `json:"prices,omitempty" yaml:"prices,omitempty" jsonschema:"what a model's tokens cost, by its name as in models; beats the built-in table"`
}

// Limits bound a run.
type Limits struct {
	Concurrency int            `json:"concurrency,omitempty" yaml:"concurrency,omitempty" jsonschema:"trials at the same time; default 16"`
	Providers   map[string]int `json:"providers,omitempty" yaml:"providers,omitempty" jsonschema:"calls to one provider at the same time, by the part of a model's name before the slash; default: concurrency"`
	MaxCost     float64        `json:"max_cost,omitempty" yaml:"max_cost,omitempty" jsonschema:"US dollars that all runs of the study together may spend; default: no limit"`
	CallTimeout time.Duration  `json:"call_timeout,omitempty" yaml:"call_timeout,omitempty" jsonschema:"time limit of one call to a model; default 10m"`
	Retries     int            `json:"retries,omitempty" yaml:"retries,omitempty" jsonschema:"further attempts after a call to a model failed; default 6"`
	Trial       TrialLimits    `json:"trial,omitzero" yaml:"trial,omitempty" jsonschema:"bounds of one trial in the interface tools, part of its identity"`
}

// Price is what a model's tokens cost, in US dollars for a million.
type Price struct {
	Input      float64 `json:"input" yaml:"input" jsonschema:"US dollars for a million input tokens"`
	Output     float64 `json:"output" yaml:"output" jsonschema:"US dollars for a million output tokens"`
	CacheRead  float64 `json:"cache_read,omitempty" yaml:"cache_read,omitempty" jsonschema:"US dollars for a million input tokens read from the provider's cache; default: as input"`
	CacheWrite float64 `json:"cache_write,omitempty" yaml:"cache_write,omitempty" jsonschema:"US dollars for a million input tokens written to the provider's cache; default: as input"`
	Batch      float64 `json:"batch,omitempty" yaml:"batch,omitempty" jsonschema:"what a call in a batch costs, as a share of any other call; default: 1"`
}

// Cost returns what a usage costs, in US dollars. Where no price of the cache is
// given, tokens there cost as much as any other.
func (p Price) Cost(u Usage) float64 {
	if p.CacheRead == 0 {
		p.CacheRead = p.Input
	}
	if p.CacheWrite == 0 {
		p.CacheWrite = p.Input
	}
	plain := u.InputTokens - u.CacheReadTokens - u.CacheWriteTokens
	return (float64(plain)*p.Input +
		float64(u.CacheReadTokens)*p.CacheRead +
		float64(u.CacheWriteTokens)*p.CacheWrite +
		float64(u.OutputTokens)*p.Output) / 1e6
}

// CostOf returns what the calls of a charge cost, in US dollars.
func (p Price) CostOf(c Charge) float64 {
	cost := p.Cost(c.Usage)
	if c.Batched && p.Batch != 0 {
		cost *= p.Batch
	}
	return cost
}
