import { algorithmContract } from '../contract/algorithm.js'

// RSA keys take longer to make: algorithms.real.ts.
algorithmContract('p256')
algorithmContract('p384')
algorithmContract('ed25519')
