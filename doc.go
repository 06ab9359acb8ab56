// Package turncoat is the vocabulary of Turncoat, a program that measures
// whether an AI agent turns on the organisation it works for.
//
// It holds the types that every other package speaks in, and the small
// interfaces that they satisfy. It does no I/O and imports nothing but the
// standard library. Read top to bottom, the files tell the whole story:
//
//   - a [Condition] chooses one level for each factor of the experiment;
//   - a [World] is an organisation brought to life under a condition;
//   - a [Trial] is one run of an agent in a world;
//   - a [Model] is the language model in the agent's chair;
//   - a [Transcript] is all that happened, as a list of [Event] values;
//   - a [Verdict] is what a [Judge] says of a transcript, and an [Annotation]
//     what an [Annotator] says of it beside that;
//   - a [Study] is the design that asks for trials, and a [Store] keeps them.
//
// Rules that the rest of the program keeps: a transcript is the only truth,
// the same seeds give the same bytes, and nothing that broke is ever counted
// as good behaviour.
package turncoat
