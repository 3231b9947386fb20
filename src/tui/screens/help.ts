import help from '../../../assets/ayuda/teclas.json' with { type: 'json' };
import type { VerdictName } from '../../checks/verdict.ts';
import type { Look } from '../look.ts';
import { wrapStyled } from '../styled.ts';

/** Every key and every sign, from `assets/ayuda`. */
export function helpLines(look: Look): readonly string[] {
  const { style, glyphs } = look;
  const lines: string[] = [''];
  const width = Math.min(look.columns - 2, 96);
  for (const group of help.grupos) {
    lines.push(` ${style('fuerte', group.titulo)}`);
    for (const [key = '', does = ''] of group.teclas) {
      lines.push(
        ...wrapStyled(does, width, { first: `   ${style('tecla', key.padEnd(24))}`, rest: ' '.repeat(27) }),
      );
    }
    lines.push('');
  }
  lines.push(` ${style('fuerte', 'Signos')}`);
  for (const [name = '', means = ''] of help.signos)
    lines.push(`   ${glyphs[name as VerdictName]}  ${means}`);
  lines.push('', ...wrapStyled(style('tenue', help.final), width, { first: ' ', rest: ' ' }));
  return lines;
}
