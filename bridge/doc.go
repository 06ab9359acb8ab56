// Package bridge lets an agent that is not ours act in a world. A [Desk] is such
// an agent's place there: the protocols in the folders below (mcp, mail, proxy)
// reach the world through it alone, one call at a time, and it keeps what they
// did as the events of a transcript. Package external below runs a program that
// uses them.
//
// What an agent does is recorded as a model's tool calls are: a reply with one
// call, what followed from it in the world, and the result. So judges and
// reports read it as they read any other session. The model calls of the agent,
// where they are recorded, stand between.
//
// What tools there are is the business of package toolbox, and what a program
// is told and how it ends that of package external.
package bridge
