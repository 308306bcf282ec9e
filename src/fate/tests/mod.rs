//! Every interleaving of a world around the state machine.
