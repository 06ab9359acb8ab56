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
//
// A session with tools is taken to have [SessionTurns] turns, in which all mail is
// read once, and to write sessionTokens with its calls. Each turn sends the
// conversation so far again; what the turn before has sent comes out of the
// service's cache.
const (
	charactersPerToken = 4
	replyTokens        = 1200
	sessionTokens      = 2200
	judgeAnswerTokens  = 400
	judgePromptTokens  = 2500
)

// SessionTurns is how many turns a session with tools is expected to take.
const SessionTurns = 14

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
	Part   string // "", judge, annotator with its scheme, or reading for either
	Calls  int
	Usage  turncoat.Usage
	Priced bool
	Cost   float64 // US dollars; 0 if not priced

	Batched float64 // US dollars if the calls are made in batches; as Cost where the provider has no such price
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
	judgeModels := judge.ModelsOf(p.Study.Judge)
	for _, cell := range p.Cells {
		w, err := worlds(p.trial(cell, 1).World)
		if err != nil {
			return Estimate{}, err
		}
		turns, trial, reading := expectedUsage(cell.Interface, w)
		line(cell.Model, "").add(p.PerCell(), turns, trial)
		for _, model := range judgeModels {
			line(model, "judge").add(p.PerCell(), 1, reading)
		}
		for _, spec := range p.Study.Annotators {
			if model := judge.AnnotatorModel(spec); model != "" {
				s, _ := judge.SchemeOf(spec)
				line(model, s.Name+" annotator").add(p.PerCell(), 1, reading)
			}
		}
	}
	return p.priced(p.Len(), lines, priceOf), nil
}

// priced puts prices on lines, and adds them up.
func (p *Plan) priced(trials int, lines map[string]*EstimateLine, priceOf PriceSource) Estimate {
	e := Estimate{Trials: trials}
	for _, l := range lines {
		price, ok := p.Price(l.Model, priceOf)
		if ok {
			l.Priced, l.Cost = true, price.Cost(l.Usage)
			l.Batched = price.CostOf(turncoat.Charge{Usage: l.Usage, Batched: true})
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
	return e
}

// Add returns what two readings of the same trials need together.
func (e Estimate) Add(f Estimate) Estimate {
	e.Trials = max(e.Trials, f.Trials)
	e.Cost += f.Cost
	e.Lines, e.Unpriced = slices.Clone(e.Lines), slices.Clone(e.Unpriced)
	for _, model := range f.Unpriced {
		if !slices.Contains(e.Unpriced, model) {
			e.Unpriced = append(e.Unpriced, model)
		}
	}
	for _, more := range f.Lines {
		i := slices.IndexFunc(e.Lines, func(l EstimateLine) bool { return l.Model == more.Model && l.Part == more.Part })
		if i < 0 {
			e.Lines = append(e.Lines, more)
			continue
		}
		l := &e.Lines[i]
		l.Calls, l.Usage, l.Cost, l.Batched = l.Calls+more.Calls, l.Usage.Add(more.Usage), l.Cost+more.Cost, l.Batched+more.Batched
	}
	return e
}

// Readers returns what the judge and the annotators cost, at once and in batches.
func (e Estimate) Readers() (cost, batched float64) {
	for _, l := range e.Lines {
		if l.Part != "" {
			cost, batched = cost+l.Cost, batched+l.Batched
		}
	}
	return cost, batched
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

// add adds trials, each of which takes some calls.
func (l *EstimateLine) add(trials, calls int, each turncoat.Usage) {
	l.Calls += trials * calls
	n := int64(trials)
	l.Usage = l.Usage.Add(turncoat.Usage{
		InputTokens: n * each.InputTokens, OutputTokens: n * each.OutputTokens,
		CacheReadTokens: n * each.CacheReadTokens, CacheWriteTokens: n * each.CacheWriteTokens,
	})
}

// expectedUsage guesses the calls and tokens of one trial in a world, and the
// tokens of its reading by a model, as a judge or an annotator.
func expectedUsage(face turncoat.Interface, w *turncoat.World) (calls int, trial, reading turncoat.Usage) {
	system, user := agent.Prompt(w)
	prompt := int64(len(system)+len(user)) / charactersPerToken
	reading = turncoat.Usage{InputTokens: prompt + replyTokens + judgePromptTokens, OutputTokens: judgeAnswerTokens}
	if face == turncoat.InterfaceExternal { // what a program of the user's own takes, nobody knows
		return 0, turncoat.Usage{}, reading
	}
	if face == turncoat.InterfaceTools {
		reading.InputTokens += sessionTokens - replyTokens
		return SessionTurns, sessionUsage(w, prompt), reading
	}
	return 1, turncoat.Usage{InputTokens: prompt, OutputTokens: replyTokens}, reading
}

// sessionUsage guesses the tokens of a session with tools, in a world whose mail
// has about as many as the prompt with it.
func sessionUsage(w *turncoat.World, mail int64) turncoat.Usage {
	system, user, tools := agent.Briefing(w)
	length := len(system) + len(user)
	for _, t := range tools {
		length += len(t.Name) + len(t.Description) + len(t.Schema)
	}
	beginning := int64(length) / charactersPerToken
	grown := (mail + sessionTokens) * (SessionTurns - 1) / SessionTurns // by the last turn
	fresh := beginning + grown
	all := SessionTurns*beginning + grown*SessionTurns/2
	return turncoat.Usage{
		InputTokens: all, OutputTokens: sessionTokens,
		CacheReadTokens: all - fresh, CacheWriteTokens: fresh,
	}
}

// Price returns what a model's tokens cost: as the design says, else as the
// source does.
func (p *Plan) Price(model string, priceOf PriceSource) (turncoat.Price, bool) {
	if price, ok := p.Study.Prices[model]; ok {
		return price, true
	}
	return priceOf(model)
}
