// Package toolbox makes a world usable by tools: each with a name, a
// description, a JSON Schema of its arguments, and what it does. It is the one
// definition of them, for whoever sits in front: a model (package agent), a
// program that speaks a protocol for tools, or a person.
//
// A [Toolbox] stands in one [world.State]. [Toolbox.Call] carries out one call
// and returns the text of its result with what happened in the world, as the
// events of a transcript. A call that cannot be carried out is a result, too,
// which says what was wrong and what can be done; it is no Go error.
//
// What the actions are is the business of package world, and nothing here knows
// of models. Tools read as those of a mail product: an agent learns from them
// what it can do, and nothing else.
package toolbox
