import { algorithmContract } from '../contract/algorithm.js'

algorithmContract('rsa2048')
