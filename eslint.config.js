import js from '@eslint/js'
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

// Rooms that only compute: their clock, environment, files and console arrive as arguments.
const pureRooms = ['src/profile/**', 'src/pki/**', 'src/broker/**', 'src/plan/**']

const worldIsAnArgument = 'a pure room takes it as an argument (ARCHITECTURE.md, "Pure core")'

export default defineConfig(
  { ignores: ['dist', 'dist.new-*', 'node_modules', 'coverage'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.js', '*.cjs', 'scripts/*.mjs'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      'max-lines': ['error', { max: 350 }],
      'max-lines-per-function': ['error', { max: 60, skipComments: true }],
      'max-params': ['error', 3],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
    },
  },
  {
    files: pureRooms,
    rules: {
      'no-restricted-globals': [
        'error',
        ...['process', 'console', 'fetch', 'setTimeout', 'setInterval'].map(name => ({
          name,
          message: worldIsAnArgument,
        })),
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
          message: worldIsAnArgument,
        },
        {
          selector: 'MemberExpression[object.name="Date"][property.name="now"]',
          message: worldIsAnArgument,
        },
        {
          selector: 'MemberExpression[object.name="Math"][property.name="random"]',
          message: worldIsAnArgument,
        },
      ],
    },
  },
  {
    // A suite is a function of many small functions; what counts is the longest one inside it.
    files: ['test/**'],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    // Tools for developers: plain JavaScript, or configuration that its tool wants as a default export.
    files: ['*.config.{js,ts,cjs}', 'scripts/**'],
    rules: { 'no-restricted-exports': 'off' },
  },
  {
    files: ['**/*.{js,cjs,mjs}'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', module: 'writable', URL: 'readonly' },
    },
  },
)
