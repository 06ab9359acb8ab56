// Package external runs a program of the user's own as the agent of a trial. An
// [Agent] opens a desk in the trial's world, serves it by MCP, IMAP and SMTP on
// the loopback address, tells the program by its environment and by files where
// that is, waits until it ends, ends it if it must, and records what it did.
//
// What counts as what:
//
//   - The session is done if the agent calls the tool finish, or if the program
//     ends with the exit code 0.
//   - A limit that is reached ends the program and the session, and what was done
//     until then counts.
//   - Everything else is a failure of the trial, which has no outcome then and is
//     run again in a world of its own: the program cannot be started, ends with
//     another code or by a signal, or never reaches its world. What it did is kept
//     with the failure, and no judge reads it.
//
// A program cannot be resumed, so its trial is stored in one piece when it ends.
package external
