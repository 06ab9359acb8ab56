package study

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"turncoat"
	"turncoat/scenario"
)

// AgentOf returns the name that the results of a program of the user's own are kept
// under: that of the one agent for which a design is written, or else name. It is an
// error if the design is for several, of which the user must say which one it is.
func AgentOf(s turncoat.Study, name string) (string, error) {
	own := slices.DeleteFunc(slices.Clone(s.Models), func(model string) bool { return !turncoat.IsAgent(model) })
	switch len(own) {
	case 0:
		return name, nil
	case 1:
		return own[0], nil
	}
	return "", fmt.Errorf("the design is for several agents (%s): say with --agent which of them the command runs", strings.Join(own, ", "))
}

// WithAgent returns what has to change in a design for a program of the user's own.
// In a design for models it takes their place, and the study has a name of its own.
// A design for agents keeps its name, and its models too if the agent is one of them.
func WithAgent(s, changes turncoat.Study, agent string) turncoat.Study {
	forAgents := slices.ContainsFunc(s.Models, turncoat.IsAgent)
	if !slices.Contains(s.Models, agent) {
		changes.Models = []string{agent}
	}
	if !forAgents {
		changes.Interfaces = []turncoat.Interface{turncoat.InterfaceExternal}
	}
	if !forAgents && changes.Name == "" {
		changes.Name = s.Name + "-agents"
	}
	return changes
}

// KeepAgents returns the plan with the agents that the study's plan in the store has
// beside its own, as far as they have finished a trial that this plan asks for, and
// their names. So each version of an agent is run by a command of its own, and stands
// in the report beside those before it.
func KeepAgents(ctx context.Context, store turncoat.Store, plan *Plan, library *scenario.Library) (*Plan, []string, error) {
	before, err := store.Study(ctx, plan.Study.Name)
	if errors.Is(err, turncoat.ErrNotFound) {
		return plan, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	var kept []string
	for _, model := range before.Study.Models {
		if !turncoat.IsAgent(model) || slices.Contains(plan.Study.Models, model) {
			continue
		}
		measured, err := plan.measured(ctx, store, model)
		if err != nil {
			return nil, nil, err
		}
		if measured {
			kept = append(kept, model)
		}
	}
	if len(kept) == 0 {
		return plan, nil, nil
	}
	s := plan.Study
	s.Models = slices.Concat(kept, s.Models)
	plan, err = NewPlan(s, ".", library) // its folders are absolute
	return plan, kept, err
}

// measured reports whether a model that may be none of the plan's has finished one
// of the trials that it would have in it.
func (p *Plan) measured(ctx context.Context, store turncoat.Store, model string) (bool, error) {
	for trial := range p.Trials() {
		if trial.Model != p.Study.Models[0] {
			continue // the same trials again
		}
		trial.Model = model
		t, err := store.Transcript(ctx, trial.ID())
		switch {
		case errors.Is(err, turncoat.ErrNotFound):
		case err != nil:
			return false, err
		case t.Ending() != nil:
			return true, nil
		}
	}
	return false, nil
}
