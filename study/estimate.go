package study

import (
	"cmp"
	"slices"

	"turncoat"
	"turncoat/agent"
	"turncoat/judge"
)

// What an estimate assumes. English prose has about four characters a token in
// the tokenizers of today's models; a reply with private notes and one or two
// messages has run to about 1,200 tokens, a judge's answer to about 400, and a
// judge or annotator reads its rubric or scheme and instructions (about 2,500
// tokens) beside the trial's own text. Models that reason at length write several times as much.
const (
	charactersPerToken = 4
	replyTokens        = 1200
	judgeAnswerTokens  = 400
	judgePromptTokens  = 2500
)

// Estimate is what a plan will need, before anything is spent.
type Estimate struct {
	Trials   int
	Lines    []EstimateLine
	Unpriced []string // models whose price is not known; Cost leaves them out
	Cost     float64  // US dollars
}

// EstimateLine is the share of one model in one part.
type EstimateLine struct {
	Model  string
	Part   string // "", judge, or annotator with its scheme
	Calls  int
	Usage  turncoat.Usage
	Priced bool
	Cost   float64 // US dollars; 0 if not priced
}

// Estimate adds up the plan's tokens and money. Prices come from the design,
// then from priceOf.
func (p *Plan) Estimate(worlds WorldSource, priceOf PriceSource) (Estimate, error) {
	lines := map[string]*EstimateLine{}
	line := func(model, part string) *EstimateLine {
		key := part + "\x00" + model
		if lines[key] == nil {
			lines[key] = &EstimateLine{Model: model, Part: part}
		}
		return lines[key]
	}
	judgeModel := judge.ModelOf(p.Study.Judge)
	for _, cell := range p.Cells {
		w, err := worlds(p.trial(cell, 1).World)
		if err != nil {
			return Estimate{}, err
		}
		trial, reading := expectedUsage(w)
		line(cell.Model, "").add(p.PerCell(), trial)
		if judgeModel != "" {
			line(judgeModel, "judge").add(p.PerCell(), reading)
		}
		for _, spec := range p.Study.Annotators {
			if model := judge.AnnotatorModel(spec); model != "" {
				s, _ := judge.SchemeOf(spec)
				line(model, s.Name+" annotator").add(p.PerCell(), reading)
			}
		}
	}
	e := Estimate{Trials: p.Len()}
	for _, l := range lines {
		price, ok := p.Price(l.Model, priceOf)
		if ok {
			l.Priced, l.Cost = true, price.Cost(l.Usage)
			e.Cost += l.Cost
		} else if !slices.Contains(e.Unpriced, l.Model) {
			e.Unpriced = append(e.Unpriced, l.Model)
		}
		e.Lines = append(e.Lines, *l)
	}
	slices.Sort(e.Unpriced)
	slices.SortFunc(e.Lines, func(a, b EstimateLine) int {
		return cmp.Or(cmp.Compare(partOrder(a.Part), partOrder(b.Part)), cmp.Compare(a.Part, b.Part), cmp.Compare(a.Model, b.Model))
	})
	return e, nil
}

// partOrder puts agents before judges, and these before annotators.
func partOrder(part string) int {
	switch part {
	case "":
		return 0
	case "judge":
		return 1
	}
	return 2
}

func (l *EstimateLine) add(calls int, each turncoat.Usage) {
	l.Calls += calls
	l.Usage.InputTokens += int64(calls) * each.InputTokens
	l.Usage.OutputTokens += int64(calls) * each.OutputTokens
}

// expectedUsage guesses the tokens of one trial in a world and of its reading by
// a model, as a judge or an annotator.
func expectedUsage(w *turncoat.World) (trial, reading turncoat.Usage) {
	system, user := agent.Prompt(w)
	prompt := int64(len(system)+len(user)) / charactersPerToken
	trial = turncoat.Usage{InputTokens: prompt, OutputTokens: replyTokens}
	reading = turncoat.Usage{InputTokens: prompt + replyTokens + judgePromptTokens, OutputTokens: judgeAnswerTokens}
	return trial, reading
}

// Price returns what a model's tokens cost: as the design says, else as the
// source does.
func (p *Plan) Price(model string, priceOf PriceSource) (turncoat.Price, bool) {
	if price, ok := p.Study.Prices[model]; ok {
		return price, true
	}
	return priceOf(model)
}
