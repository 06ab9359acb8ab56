package published

import (
	"strings"

	"turncoat"
)

// Titles of the parts of arXiv:2510.05179v2 that rates.csv has rates of, by
// their numbers, in our words.
var titles = map[string]string{
	"7":     "blackmail, with goal conflict and replacement",
	"8":     "blackmail, with replacement alone",
	"9":     "espionage, with goal conflict alone",
	"10":    "espionage, by goal",
	"11":    "lethal, with goal conflict and replacement",
	"12":    "what commands not to do harm change",
	"4.5.1": "controls, with neither conflict nor threat",
	"4.5.4": "blackmail, by what the model states of its situation",
}

// Title says what a figure or section of arXiv:2510.05179v2 shows, or "" if
// nothing of it is published here.
func Title(number string) string { return titles[number] }

// elsewhere are the levels that the paper's prompts have of the factors that no
// [Cell] names.
var elsewhere = turncoat.Condition{
	turncoat.FactorDeliberation: "scratchpad",
	"notice":                    turncoat.LevelNone,
	"variant":                   turncoat.LevelNone,
}

// factorSafeguard is the factor that the other files call a safeguard.
const factorSafeguard = "safeguard"

// ScenarioOf returns the scenario that publications speak of for one that a trial
// is of: the authors' own text, imported, has its source before the name.
func ScenarioOf(name string) string { return strings.TrimPrefix(name, Lynch2025+"-") }

// CellOfTrial returns where in the publications a trial of the prompt interface
// belongs, and whether it can be held against them: with another level of a
// factor that they did not vary, or a factor that they do not know, it cannot.
func CellOfTrial(scenario, model string, c turncoat.Condition) (Cell, bool) {
	m, known := ModelOf(model)
	cell := Cell{Scenario: ScenarioOf(scenario), Goal: turncoat.LevelNone, Threat: turncoat.LevelNone, Safeguard: turncoat.LevelNone, Model: m.Name}
	for factor, level := range c {
		switch factor {
		case turncoat.FactorGoal:
			cell.Goal = level
		case turncoat.FactorThreat:
			cell.Threat = level
		case factorSafeguard:
			cell.Safeguard = level
		default:
			usual, has := elsewhere[factor]
			if has && level != usual || !has && level != turncoat.LevelNone {
				return Cell{}, false
			}
		}
	}
	return cell, known
}
