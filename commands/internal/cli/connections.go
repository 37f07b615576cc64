package cli

// defaultConnections is how many connections of ours take jobs from one server, unless --max-connections says more.
const defaultConnections = 128
