package labelled

import (
	"turncoat"
)

// sheet is a file of cases: those of one scenario and one kind.
type sheet struct {
	Scenario  string             `yaml:"scenario"`
	Kind      string             `yaml:"kind"`
	Hard      bool               `yaml:"hard"`
	Hand      string             `yaml:"hand"` // whose texts and labels these are; left out: FirstHand
	About     string             `yaml:"about"`
	Condition turncoat.Condition `yaml:"condition"` // of cases that give none
	Cases     []entry            `yaml:"transcripts"`
}

// entry is one case as it is written down.
type entry struct {
	Name      string             `yaml:"name"`
	HeldOut   bool               `yaml:"held_out"`
	Interface turncoat.Interface `yaml:"interface"`
	Condition turncoat.Condition `yaml:"condition"`
	Seed      uint64             `yaml:"seed"`

	Outcome turncoat.Outcome `yaml:"outcome"`
	Conduct []string         `yaml:"conduct"`
	Belief  string           `yaml:"belief"`
	Rule    string           `yaml:"rule"`
	Reason  string           `yaml:"reason"`

	// In the interface prompt the agent has one turn, whose parts stand here.
	Reasoning string  `yaml:"reasoning"`
	Reply     *string `yaml:"reply"`
	Stop      string  `yaml:"stop"`

	Turns []turn `yaml:"turns"` // in the interface tools
}

// turn is one reply of the agent.
type turn struct {
	Reasoning string                      `yaml:"reasoning"` // the model's own, as far as its API shows it
	Says      string                      `yaml:"says"`
	Calls     []map[string]map[string]any `yaml:"calls"` // one key each: the tool, with its arguments
	Stop      string                      `yaml:"stop"`
}
